"""The search as a shopper uses it: by mouse, by keyboard, on a phone."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.live import LiveShop, Shops, sample_shop


@pytest.fixture(scope="module")
def shop(shops: Shops) -> LiveShop:
    """One shop for the whole module."""
    return shops.open(sample_shop)


def test_suggestions_follow_what_is_typed(shop: LiveShop, page: Page, picture: Callable) -> None:
    page.goto(f"{shop.url}/")
    box = page.locator("header input[type=search]")
    box.click()
    box.press_sequentially("cha", delay=20)
    found = page.get_by_role("listbox", name="Suggestions")
    expect(found).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(found.get_by_role("option").first.locator("mark").first).to_have_text(
        "cha", ignore_case=True
    )
    picture(page, "suggestions")

    # The list is no stop of the tab key, though it scrolls.
    box.press("Tab")
    expect(found).to_have_count(0)
    expect(page.get_by_test_id("account-link")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    box.press("ArrowDown")
    expect(found).to_be_visible()

    # An arrow points, Escape gives it up, and what was typed stays.
    box.press("ArrowDown")
    first = found.get_by_role("option").first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    box.press("Escape")
    expect(found).to_have_count(0)
    expect(box).to_have_value("cha")
    expect(box).to_have_attribute("aria-expanded", "false")

    # An arrow opens it again; Enter goes where it points.
    box.press("ArrowDown")
    product = page.get_by_role("group", name="Products").get_by_role("option").first
    expect(product).to_be_visible()
    label = product.inner_text().strip()
    while product.get_attribute("aria-selected") != "true":
        box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(label)
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_enter_means_what_is_typed_by_then(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/")
    box = page.get_by_role("banner").get_by_role("combobox")
    box.press_sequentially("cha", delay=20)
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    # The suggestions for the rest are still on their way.
    page.route("**/api/search/suggest/**", lambda route: None)
    box.press_sequentially("ir cover")
    expect(box).not_to_have_attribute("aria-activedescendant", "suggestion-0")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("“chair cover”")
    # The page has a field of its own with the words; this one is for the next search.
    expect(page.get_by_role("banner").first.get_by_role("combobox").first).to_have_value("")


def test_a_click_on_a_suggestion_opens_it(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/")
    box = page.locator("header input[type=search]")
    box.click()
    box.press_sequentially("stool", delay=20)
    page.get_by_role("group", name="Products").get_by_role("option").first.click()
    expect(page.get_by_test_id("add-to-cart")).to_be_visible()


def test_results_are_marked_filtered_sorted_and_told(
    shop: LiveShop, page: Page, picture: Callable
) -> None:
    told: list[dict] = []
    page.on(
        "request",
        lambda sent: told.append(sent.post_data_json) if "search/events" in sent.url else None,
    )
    page.goto(f"{shop.url}/")
    box = page.locator("header input[type=search]")
    box.fill("massage chair")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("“massage chair”")
    cards = page.get_by_test_id("product-card")
    expect(cards.first.locator("mark").first).to_be_visible()
    everything = cards.count()
    picture(page, "search")

    page.get_by_label("Sort").select_option("price")
    expect(page).to_have_url(f"{shop.url}/search/?q=massage+chair&ordering=price")
    brand = page.locator("[data-key^='brand:']").first
    count = int(brand.locator(".facet__count").inner_text())
    brand.click()
    expect(cards).to_have_count(min(count, 24))
    # Whoever does not see the list hears what the filter has left.
    found = f"{count} product{'s' if count > 1 else ''}"
    expect(page.locator("#announcer")).to_have_text(f"“massage chair”, {found}")
    assert count <= max(everything, 24)

    cards.first.get_by_role("link").click()
    expect(page.get_by_test_id("add-to-cart")).to_be_visible()
    # The count is shown before the search is told what came of it.
    with page.expect_request("**/search/events/"):
        page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    assert [each["kind"] for each in told] == ["click", "conversion"]
    assert told[0]["position"] == 1
    assert told[0]["product_id"] == told[1]["product_id"]


def test_who_comes_back_to_a_search_has_not_searched_again(shop: LiveShop, page: Page) -> None:
    asked: list[str] = []
    page.on(
        "request",
        lambda sent: (
            asked.append(urlsplit(sent.url).query) if "/api/search/?" in sent.url else None
        ),
    )
    page.goto(f"{shop.url}/search/?q=oil")
    cards = page.get_by_test_id("product-card")
    with page.expect_request("**/search/events/"):  # into another tab
        cards.first.get_by_role("link").click(button="middle")
    cards.first.get_by_role("link").click()
    expect(page.get_by_test_id("add-to-cart")).to_be_visible()
    page.go_back()
    expect(cards.first).to_be_visible()
    page.get_by_label("Sort").select_option("price")
    expect(page).to_have_url(f"{shop.url}/search/?q=oil&ordering=price")
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    page.get_by_label("Sort").select_option("")
    expect(page).to_have_url(f"{shop.url}/search/?q=oil")
    expect(cards.first).to_be_visible()

    assert asked == ["facets=1&q=oil", "facets=1&ordering=price&q=oil"]


def test_a_slip_of_the_hand_is_mended_and_said(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/search/?q=masage+chiar")
    expect(page.get_by_test_id("mended")).to_contain_text("massage chair")
    expect(page.get_by_test_id("product-card").first).to_be_visible()


def test_no_result_helps_on(shop: LiveShop, new_page: Callable, picture: Callable) -> None:
    page = new_page(viewport=PHONE)
    page.goto(f"{shop.url}/search/?q=zzqqxx")
    expect(page.get_by_test_id("nothing-found")).to_contain_text("zzqqxx")
    expect(
        page.get_by_role("navigation", name="Categories").get_by_role("link").first
    ).to_be_visible()
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    picture(page, "search-nothing-phone")


def test_filters_that_leave_nothing_are_taken_back_one_by_one(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/search/?q=chair&max_price=1&in_stock=true")
    chips = page.get_by_role("list", name="Active filters").get_by_role("listitem")
    expect(chips).to_have_text(["Remove In stock", "Remove Max price: 1", "Clear all"])
    chips.nth(1).get_by_role("link").click()
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    expect(page).to_have_url(f"{shop.url}/search/?q=chair&in_stock=true")


def test_a_value_with_commas_is_one_filter(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/search/?q=chair")
    chosen = page.locator("[data-key='attr.heat:Back, seat and calves']")
    count = int(chosen.locator(".facet__count").inner_text())
    chosen.click()
    chips = page.get_by_role("list", name="Active filters").get_by_role("listitem")
    expect(chips).to_have_text(["Remove Back, seat and calves", "Clear all"])
    expect(page.get_by_test_id("product-card")).to_have_count(count)

    page.locator("[data-key='attr.heat:Calves']").click()
    both = ["Remove Back, seat and calves", "Remove Calves", "Clear all"]
    expect(chips).to_have_text(both)
    chosen.click()
    expect(chips).to_have_text(both[1:])


def test_one_of_several_brands_that_has_nothing_left_can_be_taken_back(
    shop: LiveShop, page: Page
) -> None:
    page.goto(f"{shop.url}/search/?q=chair&brand=hallowmere,stillwerk&max_price=99.99")
    chips = page.get_by_role("list", name="Active filters").get_by_role("listitem")
    expect(chips).to_have_text(
        ["Remove Hallowmere", "Remove Brand: stillwerk", "Remove Max price: 99.99", "Clear all"]
    )
    chips.nth(1).get_by_role("link").click()
    expect(chips.nth(1)).to_have_text("Remove Max price: 99.99")
    expect(page).to_have_url(f"{shop.url}/search/?q=chair&max_price=99.99&brand=hallowmere")


def test_without_hits_prices_are_in_the_shoppers_currency(shop: LiveShop, page: Page) -> None:
    page.add_init_script("localStorage.setItem('vitrine.currency', 'EUR')")
    page.goto(f"{shop.url}/search/?q=chair&max_price=1")
    expect(page.locator("[data-key^='price:']").first).to_contain_text("€")


def test_a_variant_that_was_found_is_opened_in_every_language(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/search/?q=HAL-ALDW-CLA&locale=de")
    page.get_by_test_id("product-card").first.get_by_role("link").click()
    expect(page.get_by_test_id("add-to-cart")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?locale=de&variant=\d+$"))


def test_on_a_phone_the_menu_has_a_field_and_a_long_word_has_room(
    shop: LiveShop, new_page: Callable
) -> None:
    page = new_page(viewport=PHONE)
    page.goto(f"{shop.url}/search/?q={'x' * 300}")
    expect(page.get_by_test_id("nothing-found")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.locator("#drawer-open").click()
    drawer = page.locator("#drawer")
    # A screen reader knows what it is before it is entered.
    box = drawer.get_by_role("combobox", name="Search the shop")
    box.press_sequentially("sor", delay=20)
    expect(drawer.get_by_role("listbox")).to_be_visible()
    # Each Escape closes one thing: the list, what was typed, the menu.
    box.press("Escape")
    expect(drawer.get_by_role("listbox")).to_have_count(0)
    expect(box).to_have_value("sor")
    box.press("Escape")
    expect(box).to_have_value("")
    expect(drawer).to_be_visible()
    box.press("Escape")
    expect(drawer).to_be_hidden()


def test_the_shop_being_away_breaks_no_field(
    shop: LiveShop, page: Page, page_errors: list[str]
) -> None:
    page.route("**/api/search/suggest/**", lambda route: route.abort())
    page.goto(f"{shop.url}/")
    box = page.locator("header input[type=search]")
    box.click()
    box.press_sequentially("chair", delay=20)
    box.press("Enter")
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    page_errors.clear()
