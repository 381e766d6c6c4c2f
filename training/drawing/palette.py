"""The colours and dashes of every figure."""

# Okabe and Ito's palette, which people of any colour vision can tell apart.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
INK, PALE, GRID = "#222222", "#767676", "#E6E6E6"
PARADIGM_COLOURS = {"vqc": BLUE, "snn": VERMILION, "transformer": GREEN}
DASHED, DOTTED = (0, (4, 3)), (0, (1, 2))
