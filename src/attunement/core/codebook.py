"""The codebook as data: every code, when it counts and when it does not.

`CODEBOOK.md` of the project is the contract between the people who read conversations, the model that codes them and
the measures built on top; this module says the same to programs. Change a definition there first.
"""

from __future__ import annotations

from attunement.core.code import VERDICTS, Code, Codebook, Family, Verdict

__all__ = [
    "AFTER",
    "CALLS",
    "CODEBOOK",
    "EMOTIONS",
    "EXPRESSION",
    "MEETING",
    "MISSING",
    "RISK",
    "VERDICTS",
    "Code",
    "Codebook",
    "Family",
    "Verdict",
]

EXPRESSION: tuple[Code, ...] = (
    Code(
        "feeling",
        "expression",
        counts_when="names or plainly shows an emotion of their own, now or about the event told",
        not_when='it is about a third person only; "I feel like you…" (that is blame or opinion)',
        examples=(
            "I've been so lonely since the move",
            "ugh, I could cry",
        ),
    ),
    Code(
        "need",
        "expression",
        counts_when="says what they want or need from somebody, or asks for support",
        not_when='it is a logistics request ("need milk"), bargaining over goods, a command or a threat; a limit on how one is treated does count',
        examples=("I just want you to sit with me for a bit",),
    ),
    Code(
        "disclosure",
        "expression",
        counts_when="reveals something private (a worry, memory, value, dream, failing) without naming an emotion",
        not_when="small talk, news; a prompted answer that gives only amounts, dates, plans or facts of intake",
        examples=("I never told you, but I nearly quit in March",),
    ),
    Code(
        "good_news",
        "expression",
        counts_when="shares something good that happened to them",
        not_when="planning",
        examples=("they picked my design!!",),
    ),
    Code(
        "bid",
        "expression",
        counts_when="reaches for attention, interest, play or closeness in a small way; a compliment; a question whose point is to know the other personally",
        not_when="a question of fact or plan; a joke-insult with no shared play",
        examples=(
            "look at this sky",
            "guess who I ran into",
        ),
    ),
    Code(
        "check_in",
        "expression",
        counts_when="asks how the other is inside",
        not_when='greetings by rote ("how are you" as hello), logistics',
        examples=("how are you sitting with all that?",),
    ),
    Code(
        "monitoring",
        "expression",
        counts_when="checks on the other's whereabouts, company, phone or honesty",
        not_when="practical coordination; inquiry by police, court, a doctor",
        examples=("who were you with? show me",),
    ),
    Code(
        "i_statement",
        "expression",
        counts_when="speaks of a feeling or need as their own, tied to something specific in the other's conduct or between the two, without blame",
        not_when='"I feel that you are selfish"',
        examples=("I felt shut out when the plan changed and nobody told me",),
    ),
    Code(
        "blame",
        "expression",
        counts_when='puts fault or a global flaw on the person addressed ("always", "never")',
        not_when="a specific complaint owned as one's own (i_statement); fault of somebody absent; a jab in play that both share (bid)",
        examples=("you never listen, it's always about you",),
    ),
    Code(
        "honest_account",
        "expression",
        counts_when="tells the other, of their own accord or when asked, something hard about their own conduct",
        examples=("before you hear it elsewhere: I saw her again, twice",),
    ),
)

MEETING: tuple[Code, ...] = (
    Code(
        "reflection",
        "stance",
        counts_when="gives back the feeling or meaning of the call in its own words, right or asking whether it is right",
        not_when="it repeats one word to change the subject",
        examples=("so it's less the job and more that nobody noticed?",),
        kin=(
            "MITI reflection",
            "EPITOME interpretation",
            "ESConv restatement, reflection of feelings",
        ),
        meets=True,
    ),
    Code(
        "validation",
        "stance",
        counts_when="says that the feeling makes sense, is allowed, or is to be expected given what happened",
        not_when="it only agrees with a fact",
        examples=("anyone would be worn out after that",),
        kin=(
            "VIBCS validation",
            "DBT levels 4–5",
            "ESConv affirmation",
        ),
        meets=True,
    ),
    Code(
        "warmth",
        "stance",
        counts_when="shows own feeling for the other: care, concern, tenderness, being moved",
        not_when="politeness by rote",
        examples=("oh love, I'm sorry. that hurts to read",),
        kin=(
            "EPITOME emotional reaction",
            "SPAFF affection",
        ),
        meets=True,
    ),
    Code(
        "exploration",
        "stance",
        counts_when="asks openly into the other's experience, feelings or needs",
        not_when="closed, leading or accusing question",
        examples=("what was the worst part for you?",),
        kin=(
            "EPITOME exploration",
            "MITI open question",
            "SPAFF interest",
        ),
        meets=True,
    ),
    Code(
        "offer",
        "stance",
        counts_when="offers presence or help and leaves the choice with the other",
        not_when="advice",
        examples=("want company, or quiet?",),
        kin=("ESConv other / providing help",),
        meets=True,
    ),
    Code(
        "accountability",
        "stance",
        counts_when='owns own part, apologises without "but"',
        not_when='"sorry you feel that way" (that is defensiveness)',
        examples=("you're right, I left you alone with it. I'm sorry",),
        kin=("repair attempt (Gottman)",),
        meets=True,
    ),
    Code(
        "shared_experience",
        "stance",
        counts_when="tells of own like experience and comes back to the other; one sentence tied to the call is enough, coming back may be implicit",
        not_when="it takes the floor for good (self_focus)",
        examples=("when my dad was ill I couldn't sleep either. are you sleeping?",),
        kin=("ESConv self-disclosure",),
        meets=True,
    ),
    Code(
        "celebration",
        "stance",
        counts_when="answers good news with lively interest",
        not_when='flat "nice" (flat)',
        examples=("no way! tell me everything",),
        kin=("active-constructive responding",),
        meets=True,
    ),
    Code(
        "acknowledgement",
        "stance",
        counts_when="short sign of having heard, fit to the weight of the call; a closed question on the matter itself, without doubt or reproach",
        not_when='a heavy call gets a bare "ok" (flat)',
        examples=(
            "I hear you",
            "since when?",
        ),
        kin=("MITI facilitate",),
        meets=True,
    ),
    Code(
        "engagement",
        "stance",
        counts_when="takes up a light bid, opens up when checked in on, gives the advice or fact that was asked for, says no or sets a limit with regard for the other, answers a confession, complaint or check with one's own feeling owned and without attack",
        not_when="nothing of what was asked or offered is taken up. On a heavy call it earns partial at most",
        examples=(
            "ha, which pub was it?",
            "good, a bit tired. you?",
        ),
        kin=("turning toward (Gottman)",),
        meets=True,
    ),
)

MISSING: tuple[Code, ...] = (
    Code(
        "minimising",
        "stance",
        counts_when="makes the matter or the feeling smaller",
        not_when="calm perspective after validation",
        examples=("come on, it was one meeting",),
        kin=("VIBCS invalidation",),
        meets=False,
    ),
    Code(
        "invalidation",
        "stance",
        counts_when="says that the feeling or the person is wrong, too much, or not real",
        not_when="disagreement on a fact",
        examples=("you're being way too sensitive again",),
        kin=(
            "VIBCS",
            "gaslighting",
        ),
        meets=False,
    ),
    Code(
        "suppression",
        "stance",
        counts_when="tells the other to stop feeling or showing it",
        not_when="safety instruction",
        examples=("stop crying and pull yourself together",),
        kin=("emotion-dismissing",),
        meets=False,
    ),
    Code(
        "premature_advice",
        "stance",
        counts_when="gives solutions before any sign of having understood",
        not_when='advice was asked for (an explicit question; posting a problem is not asking), or follows reflection or validation in the same or an earlier reply to this call; a question that carries a solution ("have you tried…?") does count',
        examples=("just email HR",),
        kin=(
            "MITI advise without permission",
            "ESConv suggestions",
        ),
        meets=False,
    ),
    Code(
        "silver_lining",
        "stance",
        counts_when="hurries to the bright side or to comfort that skips the feeling",
        not_when="encouragement after validation",
        examples=("at least you still have a job!",),
        kin=("reassurance, toxic positivity",),
        meets=False,
    ),
    Code(
        "criticism",
        "stance",
        counts_when="attacks the caller's character or conduct",
        not_when="specific request",
        examples=("this is exactly what's wrong with you",),
        kin=("SPAFF criticism",),
        meets=False,
    ),
    Code(
        "contempt",
        "stance",
        counts_when="mocks, sneers, shames, name-calls, from above",
        not_when="teasing that both plainly enjoy",
        examples=("oh here comes the drama queen",),
        kin=("SPAFF contempt",),
        meets=False,
    ),
    Code(
        "defensiveness",
        "stance",
        counts_when="denies, excuses, counter-attacks or plays the victim instead of hearing",
        not_when="correcting a fact gently; plain denial of a false charge that still hears the other",
        examples=("I only did it because you pushed me",),
        kin=("SPAFF defensiveness",),
        meets=False,
    ),
    Code(
        "topic_change",
        "stance",
        counts_when="goes on to something else as if nothing was said; a joke past a feeling",
        not_when="answer first, then change; a joke that takes up a light call (engagement)",
        examples=("anyway did you pay the rent",),
        kin=("turning away",),
        meets=False,
    ),
    Code(
        "self_focus",
        "stance",
        counts_when="makes it about the speaker's own story or pain, with no word that names or confirms the caller's",
        not_when='one confirming word ("same", "I know that one") makes it shared_experience',
        examples=("you think that's bad? MY week…",),
        kin=("conversational narcissism, shift-response",),
        meets=False,
    ),
    Code(
        "assumption",
        "stance",
        counts_when="tells the other what they think, feel or intend",
        not_when="reflection that asks",
        examples=("you're just jealous, admit it",),
        kin=("mind-reading",),
        meets=False,
    ),
    Code(
        "interrogation",
        "stance",
        counts_when="questions with doubt, pressure or accusation in them",
        not_when="exploration; a plain closed question (acknowledgement)",
        examples=("did you even try? why didn't you call?",),
        kin=("MITI confront",),
        meets=False,
    ),
    Code(
        "flat",
        "stance",
        counts_when="answers something heavy or joyful with a bare token",
        not_when="light call; the caller is still speaking",
        examples=(
            "k",
            "nice",
        ),
        kin=("passive-destructive, minimal reply",),
        meets=False,
    ),
    Code(
        "withdrawal",
        "stance",
        counts_when="refuses or leaves the talk",
        not_when="asks for a pause and says when they will be back",
        examples=("I'm not doing this.",),
        kin=("SPAFF stonewalling",),
        meets=False,
    ),
    Code(
        "silence",
        "stance",
        counts_when="no reply in the session, or one later than the replier's own 95th percentile for calls of that hour and weekday kind",
        not_when="night-time, agreed absence",
        kin=("still face",),
        meets=False,
    ),
    Code(
        "threat",
        "stance",
        counts_when="threatens, coerces, controls",
        examples=("tell anyone and see what happens",),
        kin=("SPAFF domineering, belligerence",),
        meets=False,
    ),
)

AFTER: tuple[Code, ...] = (
    Code(
        "clarify",
        "after",
        counts_when="says it again more plainly, or says that it was not met (the secure way)",
        examples=("I'm not asking you to fix it. I wanted you to know",),
    ),
    Code(
        "fight",
        "after",
        counts_when="attacks back",
        examples=("wow. typical",),
    ),
    Code(
        "withdraw",
        "after",
        counts_when="closes down, ends, goes cold",
        examples=("forget it",),
    ),
    Code(
        "fawn",
        "after",
        counts_when="gives in, soothes the other, takes it back, over-apologises",
        examples=("sorry, sorry, you're right, I'm silly",),
    ),
    Code(
        "freeze",
        "after",
        counts_when="goes blank, cannot say, empty tokens",
        examples=(
            "idk",
            "nothing",
        ),
    ),
    Code(
        "distract",
        "after",
        counts_when="flees into jokes, chores, another subject",
        examples=("haha anyway, dinner?",),
    ),
)
RISK: tuple[Code, ...] = (
    Code("self_harm", "risk", counts_when="speaks of wanting to die, of suicide, or of harming themselves"),
    Code("violence", "risk", counts_when="tells of, announces or does physical violence against a person"),
    Code(
        "coercion",
        "risk",
        counts_when="threatens, forces or controls the other (money, phone, company, sex, children, leaving)",
    ),
    Code("abuse_disclosed", "risk", counts_when="tells that somebody hurts, forces or controls them, now or before"),
)

EMOTIONS: tuple[Code, ...] = tuple(
    Code(name, "emotion", counts_when=f"shows {name}" if name != "neutral" else "shows no emotion of their own")
    for name in (
        "joy",
        "love",
        "gratitude",
        "pride",
        "relief",
        "hope",
        "amusement",
        "curiosity",
        "surprise",
        "sadness",
        "grief",
        "loneliness",
        "disappointment",
        "fear",
        "worry",
        "shame",
        "guilt",
        "embarrassment",
        "anger",
        "annoyance",
        "disgust",
        "jealousy",
        "hurt",
        "confusion",
        "neutral",
    )
)

CODEBOOK = Codebook(version="1.2", codes=(*EXPRESSION, *EMOTIONS, *MEETING, *MISSING, *AFTER, *RISK))

CALLS: frozenset[str] = frozenset(code.name for code in EXPRESSION)
"""A turn that carries at least one of these puts something inner on the table and so calls for an answer."""
