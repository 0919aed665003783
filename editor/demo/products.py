"""What the example shop sells."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

CATEGORIES: Final = {
    "tents": "Zelte",
    "sleeping": "Schlafen",
    "packs": "Rucksäcke",
    "shoes": "Schuhe",
    "jackets": "Jacken",
    "stoves": "Kochen",
    "coffee": "Kaffee",
    "light": "Licht",
    "climbing": "Klettern",
}
"""The categories as events and flows name them, with what the shop's visitors read."""

SHOP = "/demo/shop"
PICTURES = "/demo/pictures"


_CARED_FOR: Final = ("tents", "shoes", "jackets", "stoves")
_SIMPLE: Final = 40
"""What costs less explains itself (EUR)."""


class Product(NamedTuple):
    """`price` and `old_price` are in EUR; `usage_days` is how long one lasts, 0 for things."""

    id: str
    name: str
    category: str
    brand: str
    price: float
    stock: int
    about: str
    old_price: float = 0
    usage_days: int = 0
    rating: float = 4.5

    @property
    def sold_out(self) -> bool:
        return self.stock == 0

    @property
    def category_name(self) -> str:
        return CATEGORIES[self.category]

    @property
    def path(self) -> str:
        return f"{SHOP}/p/{self.id}"

    @property
    def picture(self) -> str:
        return f"{PICTURES}/{self.id}.svg"

    def row(self, address: str) -> dict[str, Any]:
        """As the catalogue takes it in; `address` is where the shop answers."""
        told: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "category": self.category,
            "brand": self.brand,
            "price": self.price,
            "currency": "EUR",
            "stock": self.stock,
            "rating": self.rating,
            "url": address + self.path,
            "image_url": address + self.picture,
        }
        if self.category in _CARED_FOR and self.price >= _SIMPLE:
            told["guide_url"] = f"{address}{self.path}#pflege"
        if self.old_price:
            told["old_price"] = self.old_price
        if self.usage_days:
            told["usage_days"] = self.usage_days
        return told

    def item(self, quantity: int = 1) -> dict[str, Any]:
        """As events name it."""
        return {
            "id": self.id,
            "name": self.name,
            "price": self.price,
            "quantity": quantity,
            "category": self.category,
            "brand": self.brand,
        }


_ALL: Final = (
    Product(
        "tent-2p", "Kuppelzelt Kar 2", "tents", "Alpenglow", 249.00, 14,
        "Zwei Personen, zwei Eingänge, 2,1 kg. Steht in vier Minuten, auch mit kalten Fingern.",
        299.00, 0, 4.8,
    ),
    Product(
        "tent-1p", "Biwakzelt Solo", "tents", "Alpenglow", 189.00, 9,
        "Ein Platz, 1,2 kg. Für alle, die leicht und weit gehen.", 0, 0, 4.6,
    ),
    Product(
        "tent-3p", "Kuppelzelt Kar 3", "tents", "Alpenglow", 329.00, 6,
        "Drei Personen und eine Apsis, in der gekocht werden darf.", 0, 0, 4.7,
    ),
    Product(
        "tent-4p", "Familienzelt Alm 4", "tents", "Alpenglow", 449.00, 4,
        "Stehhöhe, zwei Schlafkabinen und ein Vorzelt für Regentage.", 0, 0, 4.5,
    ),
    Product(
        "tarp", "Tarp Windschatten 3 × 4 m", "tents", "Alpenglow", 89.00, 22,
        "Ein Dach über allem. 18 Schlaufen, 640 Gramm.", 0, 0, 4.4,
    ),
    Product(
        "bag-down", "Daunenschlafsack Firn", "sleeping", "Nordwand", 279.00, 11,
        "Komfort bis −5 °C, 890 Gramm, Daune aus geprüfter Herkunft.", 0, 0, 4.9,
    ),
    Product(
        "bag-summer", "Sommerschlafsack Grille", "sleeping", "Nordwand", 99.00, 30,
        "Komfort bis 10 °C. So klein wie ein Brotlaib.", 0, 0, 4.3,
    ),
    Product(
        "mat", "Isomatte Moos", "sleeping", "Alpenglow", 119.00, 18,
        "6,5 cm hoch, R-Wert 4,2: warm bis in den November.", 139.00, 0, 4.6,
    ),
    Product(
        "pillow", "Reisekissen Wolke", "sleeping", "Alpenglow", 24.90, 45,
        "Aufblasbar, waschbar, 78 Gramm.", 0, 0, 4.1,
    ),
    Product(
        "hammock", "Hängematte Zwei Bäume", "sleeping", "Alpenglow", 69.00, 0,
        "Mit Baumgurten, die keine Rinde verletzen.", 0, 0, 4.7,
    ),
    Product(
        "pack-22", "Tagesrucksack Grat 22", "packs", "Nordwand", 109.00, 25,
        "22 Liter, Netzrücken, Regenhülle im Bodenfach.", 0, 0, 4.5,
    ),
    Product(
        "pack-38", "Tourenrucksack Grat 38", "packs", "Nordwand", 169.00, 13,
        "Drei Tage Hütte zu Hütte, ohne dass die Schultern klagen.", 0, 0, 4.6,
    ),
    Product(
        "pack-60", "Trekkingrucksack Weitweg 60", "packs", "Nordwand", 239.00, 7,
        "60 + 10 Liter, Rücken in sieben Längen.", 269.00, 0, 4.7,
    ),
    Product(
        "drybag", "Packsack-Set Trocken", "packs", "Alpenglow", 34.90, 60,
        "Drei Größen, drei Farben, ein Gewicht: fast keins.", 0, 0, 4.4,
    ),
    Product(
        "bottle", "Trinkflasche Quelle 1 l", "packs", "Alpenglow", 19.90, 80,
        "Edelstahl, einwandig, passt in jede Seitentasche.", 0, 0, 4.5,
    ),
    Product(
        "boots-42", "Bergstiefel Steinbock, Gr. 42", "shoes", "Steinbock", 219.00, 8,
        "Leder, steigeisenfest bis C, wiederbesohlbar.", 0, 0, 4.8,
    ),
    Product(
        "boots-43", "Bergstiefel Steinbock, Gr. 43", "shoes", "Steinbock", 219.00, 5,
        "Leder, steigeisenfest bis C, wiederbesohlbar.", 0, 0, 4.8,
    ),
    Product(
        "boots-44", "Bergstiefel Steinbock, Gr. 44", "shoes", "Steinbock", 219.00, 0,
        "Leder, steigeisenfest bis C, wiederbesohlbar.", 0, 0, 4.8,
    ),
    Product(
        "trail", "Trailschuh Gämse", "shoes", "Steinbock", 139.00, 16,
        "Leicht, griffig, schnell wieder trocken.", 159.00, 0, 4.4,
    ),
    Product(
        "sandals", "Wandersandale Bach", "shoes", "Steinbock", 89.00, 19,
        "Für Furten, Hütten und den Heimweg.", 0, 0, 4.2,
    ),
    Product(
        "socks", "Wandersocken Merino, 2 Paar", "shoes", "Alpenglow", 29.90, 70,
        "Merino aus dem Allgäu. Riechen auch am dritten Tag nach Wiese.", 0, 0, 4.7,
    ),
    Product(
        "shell", "Hardshell Gewitter", "jackets", "Nordwand", 329.00, 10,
        "Drei Lagen, 20.000 mm, Kapuze über den Helm.", 0, 0, 4.6,
    ),
    Product(
        "down-jacket", "Daunenjacke Firn", "jackets", "Nordwand", 249.00, 12,
        "380 Gramm Wärme, verschwindet in der eigenen Tasche.", 0, 0, 4.8,
    ),
    Product(
        "fleece", "Fleecejacke Lamm", "jackets", "Alpenglow", 99.00, 28,
        "Aus 22 alten Flaschen, weich wie am ersten Tag.", 0, 0, 4.4,
    ),
    Product(
        "wind", "Windjacke Föhn", "jackets", "Alpenglow", 89.00, 24,
        "105 Gramm. Immer dabei, nie im Weg.", 0, 0, 4.3,
    ),
    Product(
        "poncho", "Regenponcho Guss", "jackets", "Alpenglow", 49.90, 33,
        "Passt über den Rucksack und über fast jede Laune.", 0, 0, 4.0,
    ),
    Product(
        "beanie", "Merinomütze Kauz", "jackets", "Alpenglow", 34.90, 52,
        "Passt unter den Helm und über kalte Ohren.", 0, 0, 4.6,
    ),
    Product(
        "stove", "Gaskocher Ameise", "stoves", "Alpenglow", 44.90, 35,
        "89 Gramm, kocht einen Liter in dreieinhalb Minuten.", 0, 0, 4.7,
    ),
    Product(
        "gas-230", "Gaskartusche 230 g", "stoves", "Alpenglow", 6.90, 200,
        "Propan und Isobutan: zündet auch bei Frost.", 0, 21, 4.5,
    ),
    Product(
        "pot", "Topfset Hütte", "stoves", "Alpenglow", 39.90, 27,
        "Zwei Töpfe, ein Deckel, alles ineinander.", 0, 0, 4.4,
    ),
    Product(
        "mug", "Emaillebecher Morgenrot", "stoves", "Alpenglow", 12.90, 90,
        "Wird mit jeder Macke schöner.", 0, 0, 4.9,
    ),
    Product(
        "spork", "Göffel Titan", "stoves", "Alpenglow", 9.90, 120,
        "Gabel, Löffel, Lebensgefährte. 17 Gramm.", 0, 0, 4.8,
    ),
    Product(
        "coffee-1kg", "Bergkaffee ganze Bohne, 1 kg", "coffee", "Rösterei Kar", 18.90, 64,
        "Dunkel, nussig, für Mokkakanne und Filter.", 0, 30, 4.9,
    ),
    Product(
        "coffee-250", "Bergkaffee gemahlen, 250 g", "coffee", "Rösterei Kar", 6.50, 96,
        "Für alle, deren Mühle zu Hause steht.", 0, 10, 4.7,
    ),
    Product(
        "coffee-moka", "Mokkakanne Gipfel", "coffee", "Rösterei Kar", 32.00, 21,
        "Zwei Tassen, ein Aluminium, kein Kompromiss.", 0, 0, 4.6,
    ),
    Product(
        "grinder", "Handmühle Kiesel", "coffee", "Rösterei Kar", 54.00, 3,
        "Stahlmahlwerk, passt in den Becher.", 0, 0, 4.5,
    ),
    Product(
        "lamp", "Stirnlampe Kauz", "light", "Alpenglow", 39.90, 40,
        "350 Lumen, Rotlicht, lädt über USB-C.", 49.90, 0, 4.6,
    ),
    Product(
        "lantern", "Zeltlaterne Glühwurm", "light", "Alpenglow", 29.90, 37,
        "Dimmbar bis zum Mondschein.", 0, 0, 4.5,
    ),
    Product(
        "poles", "Trekkingstöcke Dreibein", "climbing", "Steinbock", 79.00, 17,
        "Carbon, faltbar, Griffe aus Kork.", 0, 0, 4.6,
    ),
    Product(
        "rope", "Einfachseil Seilschaft 60 m", "climbing", "Steinbock", 169.00, 6,
        "9,5 mm, Mittelmarkierung, imprägniert.", 0, 0, 4.8,
    ),
    Product(
        "helmet", "Kletterhelm Nuss", "climbing", "Steinbock", 69.00, 15,
        "240 Gramm, passt auch über die Mütze.", 0, 0, 4.5,
    ),
)  # fmt: skip

PRODUCTS: Final = {product.id: product for product in _ALL}
