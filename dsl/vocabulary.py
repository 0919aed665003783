"""The words that every project can use without declaring them.

Names are GA4's; where Segment's e-commerce spec says more, its properties are here, too.
"""

from __future__ import annotations

from typing import Final

from dsl.tree import PropertyType

Types = dict[str, PropertyType]

EVERY_EVENT: Final[Types] = {
    "item": "text",
    "items": "list",
    "value": "money",
    "currency": "text",
    "url": "text",
    "path": "text",
    "referrer": "text",
    "title": "text",
}
"""Properties that every event may carry."""

_ITEM_SEEN: Final[Types] = {
    "name": "text",
    "price": "money",
    "category": "text",
    "brand": "text",
    "variant": "text",
    "list_id": "text",
    "quantity": "number",
    "position": "number",
    "coupon": "text",
}
_CART: Final[Types] = {
    "name": "text",
    "price": "money",
    "quantity": "number",
    "category": "text",
    "brand": "text",
    "variant": "text",
    "coupon": "text",
    "position": "number",
    "cart_id": "text",
    "cart_url": "text",
}
_CHECKOUT: Final[Types] = {
    "checkout_id": "text",
    "step": "number",
    "checkout_url": "text",
    "shipping_method": "text",
    "payment_method": "text",
    "shipping_tier": "text",
    "payment_type": "text",
    "coupon": "text",
}
_ORDER: Final[Types] = {
    "order_id": "text",
    "checkout_id": "text",
    "affiliation": "text",
    "subtotal": "money",
    "total": "money",
    "revenue": "money",
    "discount": "money",
    "tax": "money",
    "shipping": "money",
    "coupon": "text",
    "shipping_country": "text",
}
_PROMOTION: Final[Types] = {
    "promotion": "text",
    "promotion_id": "text",
    "promotion_name": "text",
    "creative": "text",
    "creative_name": "text",
    "creative_slot": "text",
    "position": "text",
    "name": "text",
}
_CONSENT: Final[Types] = {"channel": "text", "topic": "text", "source": "text"}
_MESSAGE: Final[Types] = {"message": "text", "flow": "text", "step": "text", "reason": "text"}
_FORM: Final[Types] = {"form": "text", "method": "text"}

EVENTS: Final[dict[str, Types]] = {
    "page_view": {"name": "text", "category": "text"},
    "leave_site": {},
    "notify_me": _ITEM_SEEN,
    "remove_from_wishlist": _ITEM_SEEN,
    "view_item": _ITEM_SEEN,
    "select_item": _ITEM_SEEN,
    "view_item_list": {"list_id": "text", "category": "text", "list_name": "text"},
    "search": {"search_term": "text", "results": "number"},
    "add_to_cart": _CART,
    "remove_from_cart": _CART,
    "view_cart": {"cart_id": "text", "cart_url": "text"},
    "add_to_wishlist": {**_ITEM_SEEN, "wishlist_id": "text"},
    "begin_checkout": {**_CHECKOUT, "order_id": "text"},
    "checkout_step": _CHECKOUT,
    "add_shipping_info": _CHECKOUT,
    "add_payment_info": _CHECKOUT,
    "purchase": _ORDER,
    "refund": {**_ORDER, "reason": "text"},
    "order_cancelled": {**_ORDER, "reason": "text"},
    "order_updated": {**_ORDER, "status": "text"},
    "view_promotion": _PROMOTION,
    "select_promotion": _PROMOTION,
    "sign_up": _FORM,
    "login": _FORM,
    "form_submitted": _FORM,
    "subscribe": _CONSENT,
    "unsubscribe": {**_CONSENT, **_MESSAGE},
    "confirm_subscription": _CONSENT,
    **{
        f"{verb}_{channel}": _MESSAGE
        for channel in ("email", "sms", "push", "whatsapp")
        for verb in ("sent", "open", "click", "bounce", "complain", "deliver")
    },
    "redeem_coupon": {"coupon": "text", "code": "text", "order_id": "text"},
}

CUSTOMER: Final[Types] = {
    "id": "text",
    "email": "text",
    "phone": "text",
    "push": "text",
    "first_name": "text",
    "last_name": "text",
    "gender": "text",
    "birthday": "date",
    "language": "text",
    "country": "text",
    "region": "text",
    "city": "text",
    "postal_code": "text",
    "timezone": "text",
    "created_at": "date",
    "tags": "list",
    "orders": "number",
    "total_spent": "money",
    "last_order_at": "date",
    "first_order_at": "date",
    "consent": "list",
}

PRODUCT: Final[Types] = {
    "id": "text",
    "name": "text",
    "price": "money",
    "old_price": "money",
    "currency": "text",
    "stock": "number",
    "category": "text",
    "brand": "text",
    "tags": "list",
    "url": "text",
    "image_url": "text",
    "created_at": "date",
    "rating": "number",
}

ITEM: Final[Types] = {
    "id": "text",
    "name": "text",
    "price": "money",
    "quantity": "number",
    "category": "text",
    "brand": "text",
    "variant": "text",
    "url": "text",
    "image_url": "text",
}
"""What a line of `items` says itself; the catalogue fills in the rest."""

CART: Final[Types] = {
    "value": "money",
    "items": "list",
    "count": "number",
    "url": "text",
    "updated_at": "date",
}

PRODUCT_ENTRY: Final[Types] = {
    "item": "text",
    "price": "money",
    "old_price": "money",
    "stock": "number",
}
"""`entry` of a run that a product trigger started."""


def event_types(name: str) -> Types | None:
    """All properties of a built-in event, None when there is no such event."""
    own = EVENTS.get(name)
    return None if own is None else {**EVERY_EVENT, **own}
