"""Small widgets that dashboards are made of."""

import ipywidgets as widgets


def box(names, *children):
    """A flowing box of the style sheet's classes, `names` with spaces between."""
    made = widgets.Box(children)
    for name in names.split():
        made.add_class(name)
    return made


def panel(title, *children):
    """A white box with a heading."""
    return box("sl-panel", widgets.HTML(f"<h2>{title}</h2>"), *children)


def linked(control, state, trait):
    """`control`, which from now on holds what the trait of `state` does."""
    if isinstance(control, widgets.Dropdown):
        control.value = getattr(state, trait)
    widgets.link((state, trait), (control, "value"))
    return control


def button(text, press, style=""):
    """A button that calls `press` without arguments."""
    made = widgets.Button(description=text, button_style=style)
    made.on_click(lambda _: press())
    return made
