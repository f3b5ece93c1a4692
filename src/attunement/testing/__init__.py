"""Contract checks for readers, coders and measures: ours and plug-in authors'."""

from attunement.testing.coders import check_coder
from attunement.testing.dyads import DyadPlan, make_dyad
from attunement.testing.measures import check_measure
from attunement.testing.readers import check_reader, check_record

__all__ = ["DyadPlan", "check_coder", "check_measure", "check_reader", "check_record", "make_dyad"]
