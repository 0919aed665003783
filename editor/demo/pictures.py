"""The pictures of the example shop's products, drawn from a few shapes."""

from __future__ import annotations

from typing import Final

from editor.demo.products import PRODUCTS
from engine.core import draws

_SKIES: Final = (
    ("#f6dcc4", "#e9b48f", "#b9685a", "#6d3b45"),
    ("#dbe7e4", "#a9c9c4", "#5d8f8f", "#23545b"),
    ("#e9e3f0", "#c3b4d6", "#8878a8", "#47405f"),
    ("#f5eccb", "#e3c77c", "#a98e4b", "#5b5533"),
    ("#dceaf4", "#a7c8e2", "#5f8fb8", "#264d73"),
)
"""Light of the sky, far ridge, near ridge, ground."""
_COLOURS: Final = ("#d2562f", "#1f6b66", "#c98a1b", "#34527a", "#8a3b52", "#4b6b35")

# Each thing stands on the ground line y = 300 of a field of 400 x 400; {a} is its colour, {b} a
# darker one of the same light, {c} paper.
_THINGS: Final = {
    "tent": '<path d="M70 300 200 118l130 182z" fill="{a}"/>'
    '<path d="m200 118 130 182h-66z" fill="{b}"/>'
    '<path d="m200 168 44 132h-88z" fill="#2b2522"/><path d="m200 168-44 132h30z" fill="{c}"/>'
    '<path d="M200 118v-16M70 300l-24 14M330 300l24 14" stroke="{b}" stroke-width="5"/>',
    "tarp": '<path d="M50 300V170M350 300V170" stroke="#4a3a2c" stroke-width="8"/>'
    '<path d="M40 176 200 120l160 56-36 46-124-46-124 46z" fill="{a}"/>'
    '<path d="m200 120 160 56-36 46-124-46z" fill="{b}"/>',
    "bag": '<path d="M128 300c-18-60-14-130 20-168 24-26 80-26 104 0 34 38 38 108 20 168z" '
    'fill="{a}"/><ellipse cx="200" cy="156" rx="44" ry="36" fill="{c}"/>'
    '<path d="M134 214h132M130 246h140M130 276h140" stroke="{b}" stroke-width="6"/>',
    "mat": '<rect x="92" y="214" width="216" height="86" rx="43" fill="{a}"/>'
    '<circle cx="292" cy="257" r="43" fill="{b}"/>'
    '<path d="M292 257m-24 0a24 24 0 1 0 24-24" fill="none" stroke="{c}" stroke-width="7"/>'
    '<path d="M140 214v86M238 214v86" stroke="{c}" stroke-width="8"/>',
    "pack": '<path d="M138 300V176c0-70 124-70 124 0v124z" fill="{a}"/>'
    '<rect x="152" y="226" width="96" height="74" rx="14" fill="{b}"/>'
    '<path d="M138 190h124" stroke="{b}" stroke-width="9"/>'
    '<path d="M176 128c0-34 48-34 48 0" fill="none" stroke="{b}" stroke-width="9"/>'
    '<rect x="188" y="180" width="24" height="34" rx="5" fill="{c}"/>',
    "boot": '<path d="M150 140h76v84c40 10 92 16 96 50l2 14H136c-8-40 10-70 14-148z" '
    'fill="{a}"/><path d="M132 284h196v18H132z" fill="#2b2522"/>'
    '<path d="M226 156h-34M226 182h-34M226 208h-32" stroke="{c}" stroke-width="7"/>'
    '<path d="M150 140h76v20h-78z" fill="{b}"/>',
    "socks": '<path d="M136 130h56v94c30 16 60 22 60 50 0 22-26 26-50 26-50 0-66-24-66-56z" '
    'fill="{a}"/><path d="M214 130h50v94c26 14 40 22 40 46 0 22-20 26-42 28 10-40-20-54-48-66z" '
    'fill="{b}"/><path d="M136 146h56M214 146h50" stroke="{c}" stroke-width="9"/>',
    "jacket": '<path d="m152 126-46 40-22 110 40 8 18-70v86h116v-86l18 70 40-8-22-110-46-40z" '
    'fill="{a}"/><path d="M152 126c10 34 86 34 96 0l-20-14h-56z" fill="{b}"/>'
    '<path d="M200 150v150" stroke="{c}" stroke-width="6"/>'
    '<path d="M158 246h26M216 246h26" stroke="{b}" stroke-width="7"/>',
    "hat": '<path d="M122 258c0-130 156-130 156 0z" fill="{a}"/>'
    '<rect x="112" y="248" width="176" height="48" rx="18" fill="{b}"/>'
    '<circle cx="200" cy="150" r="24" fill="{c}"/>',
    "stove": '<path d="M150 300v-60c0-16 100-16 100 0v60z" fill="{a}"/>'
    '<path d="M200 226v-40M146 188h108M160 188l-14-26M240 188l14-26" stroke="{b}" '
    'stroke-width="9"/><path d="M200 182c-30-24-8-44-2-70 22 22 36 46 2 70z" fill="#f0a83c"/>',
    "pot": '<path d="M116 190h168v84c0 14-12 26-26 26H142c-14 0-26-12-26-26z" fill="{a}"/>'
    '<path d="M108 178h184v16H108z" fill="{b}"/><circle cx="200" cy="168" r="10" fill="{b}"/>'
    '<path d="M284 214h56" stroke="{b}" stroke-width="12"/>',
    "mug": '<path d="M136 170h108v104c0 14-12 26-26 26h-56c-14 0-26-12-26-26z" fill="{a}"/>'
    '<path d="M244 196c50-4 50 70 0 66" fill="none" stroke="{a}" stroke-width="14"/>'
    '<path d="M130 164h120v14H130z" fill="{c}"/>'
    '<path d="M170 146c-10-14 10-22 0-38M210 146c-10-14 10-22 0-38" fill="none" stroke="{c}" '
    'stroke-width="6"/>',
    "spork": '<path d="M192 300V206c-30-10-30-50-28-92h12v44h14v-44h20v44h14v-44h12c2 42 2 82-28 92'
    'v94z" fill="{a}"/>',
    "coffee": '<path d="M130 150h140v136c0 8-6 14-14 14H144c-8 0-14-6-14-14z" fill="{a}"/>'
    '<path d="M130 150l14-30h112l14 30z" fill="{b}"/>'
    '<circle cx="200" cy="222" r="42" fill="{c}"/>'
    '<path d="M200 192c-24 8-24 52 0 60 24-8 24-52 0-60z" fill="#5b3a26"/>'
    '<path d="M200 196c-10 18 10 34 0 52" fill="none" stroke="{c}" stroke-width="4"/>',
    "moka": '<path d="m150 300 12-82h76l12 82z" fill="{a}"/><path d="m160 210-14-72 54-18 54 18'
    '-14 72z" fill="{b}"/><path d="m146 138-24 14 26 16z" fill="{b}"/>'
    '<path d="M250 148c44-2 50 20 40 62" fill="none" stroke="#2b2522" stroke-width="13"/>'
    '<circle cx="200" cy="114" r="9" fill="#2b2522"/>',
    "lamp": '<path d="M92 216c30-40 186-40 216 0" fill="none" stroke="{b}" stroke-width="22"/>'
    '<rect x="150" y="186" width="100" height="76" rx="24" fill="{a}"/>'
    '<circle cx="200" cy="224" r="26" fill="#fff3c4"/>'
    '<path d="m176 270-40 30h128l-40-30z" fill="#fff3c4" opacity=".55"/>',
    "lantern": '<path d="M158 170h84v112h-84z" fill="#fff3c4"/>'
    '<path d="M148 152h104v22H148zM148 278h104v22H148z" fill="{a}"/>'
    '<path d="M168 152c0-56 64-56 64 0" fill="none" stroke="{b}" stroke-width="8"/>'
    '<path d="M184 174v104M216 174v104" stroke="{b}" stroke-width="6"/>',
    "poles": '<path d="M150 300 118 110M250 300l32-190" stroke="{a}" stroke-width="11"/>'
    '<path d="m121 130-6-38M279 130l6-38" stroke="#7a5234" stroke-width="19" '
    'stroke-linecap="round"/><path d="M128 282h36M236 282h36" stroke="{b}" stroke-width="9"/>',
    "rope": '<g fill="none" stroke="{a}" stroke-width="17"><ellipse cx="200" cy="226" rx="84" '
    'ry="66"/><ellipse cx="200" cy="214" rx="60" ry="62"/></g>'
    '<path d="M170 160c20 50 40 50 62 128" fill="none" stroke="{b}" stroke-width="17"/>',
    "helmet": '<path d="M100 270c-8-150 208-150 200 0z" fill="{a}"/>'
    '<path d="M92 262h216v20H92z" fill="{b}"/>'
    '<path d="M156 186h24v44h-24zM220 186h24v44h-24z" rx="8" fill="{c}"/>'
    '<path d="M120 282c20 30 140 30 160 0" fill="none" stroke="#2b2522" stroke-width="7"/>',
    "bottle": '<rect x="156" y="156" width="88" height="144" rx="22" fill="{a}"/>'
    '<rect x="172" y="124" width="56" height="36" rx="8" fill="{b}"/>'
    '<path d="M156 214h88v34h-88z" fill="{c}"/>',
}
_SHAPES: Final = {
    "tarp": "tarp", "mat": "mat", "pillow": "mat", "hammock": "tarp", "drybag": "bottle",
    "bottle": "bottle", "socks": "socks", "beanie": "hat", "stove": "stove", "gas-230": "lantern",
    "pot": "pot", "mug": "mug", "spork": "spork", "coffee-moka": "moka", "grinder": "moka",
    "lamp": "lamp", "lantern": "lantern", "poles": "poles", "rope": "rope", "helmet": "helmet",
}  # fmt: skip
_BY_CATEGORY: Final = {
    "tents": "tent",
    "sleeping": "bag",
    "packs": "pack",
    "shoes": "boot",
    "jackets": "jacket",
    "coffee": "coffee",
    "stoves": "stove",
    "light": "lamp",
    "climbing": "rope",
}


def picture(product: str) -> str | None:
    """A product's picture as SVG, 400 x 400; None for what the shop does not sell."""
    found = PRODUCTS.get(product)
    if found is None:
        return None
    order = list(PRODUCTS).index(product)
    sky, far, near, ground = _SKIES[order % len(_SKIES)]
    colour = _COLOURS[(order * 5 + order // 6) % len(_COLOURS)]
    shape = _THINGS[_SHAPES.get(product, _BY_CATEGORY[found.category])]
    thing = shape.format(a=colour, b=_darker(colour), c="#f7efe2")
    sun = 90 + draws.number("sun", product) % 220
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400" '
        f'role="img"><title>{found.name}</title><rect width="400" height="400" fill="{sky}"/>'
        f'<circle cx="{sun}" cy="96" r="34" fill="#fff8e6" opacity=".8"/>'
        f'<path d="{_ridge(product, 1, 170, 80)}" fill="{far}"/>'
        f'<path d="{_ridge(product, 2, 232, 56)}" fill="{near}"/>'
        f'<path d="M0 300c120-16 280-16 400 0v100H0z" fill="{ground}"/>'
        '<ellipse cx="200" cy="304" rx="132" ry="13" opacity=".25"/>'
        f'<g stroke-linecap="round" stroke-linejoin="round">{thing}</g></svg>'
    )


def _ridge(product: str, number: int, height: int, swing: int) -> str:
    """A mountain ridge that belongs to this product."""
    points = [
        f"{x} {height - swing // 2 + round(swing * draws.draw('ridge', product, number, x))}"
        for x in range(0, 401, 50)
    ]
    return f"M0 400L{'L'.join(points)}L400 400z"


def _darker(colour: str) -> str:
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{part * 7 // 10:02x}" for part in parts)
