"""Arrays in, arrays out: NumPy only, with SciPy and statsmodels behind the extra ``stats``."""
