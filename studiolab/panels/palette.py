"""Colours, Okabe & Ito 2008: told apart by people with any kind of colour blindness."""

INK, MUTED, LINE, PAPER = "#1b1f24", "#57606a", "#e3e6ea", "#ffffff"
BLUE, ORANGE, VERMILLION, GREEN, SKY, PURPLE = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#56B4E9", "#CC79A7"
COLOURS = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY]  # in the order that figures take them
