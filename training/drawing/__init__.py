"""How figures look: the palette, the axes and the labels that all of them share."""
