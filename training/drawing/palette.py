"""The colours and dashes of every figure."""

# Okabe and Ito's palette, which people of any colour vision can tell apart.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
INK, PALE, GRID = "#222222", "#767676", "#E6E6E6"
_PARADIGMS = {"vqc": BLUE, "snn": VERMILION, "transformer": GREEN}
DASHED, DOTTED = (0, (4, 3)), (0, (1, 2))


def paradigm_colour(name: str) -> str:
    """Return the colour of a paradigm: its own, or ink for one that is not the project's."""
    return _PARADIGMS.get(name, INK)
