"""Products in the Shop menu: a list, and a page each for prices and stock."""

from commerce.catalogue.models import Product
from content.admin.records import RecordViewSet
from content.admin.stock.listing import ProductList
from content.admin.stock.page import ProductStockPage


class ProductViewSet(RecordViewSet):
    """List and page. Products are made with their pages, which editors write."""

    model = Product
    name = "shop_products"
    url_prefix = "shop/products"
    icon = "tag"
    menu_label = "Products"
    menu_name = "shop-products"
    index_view_class = ProductList
    inspect_view_class = ProductStockPage
    pk_converter = "int"
