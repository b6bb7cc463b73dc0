"""What shoppers read, under /api/."""

from django.urls import path

from content.api import products, reading, shelves, wishlist

urlpatterns = [
    path("home/", reading.HomeView.as_view(), name="home"),
    path("products/", products.ProductsView.as_view(), name="products"),
    path("products/low_stock/", products.LowStockView.as_view(), name="low-stock"),
    path("products/categories/", shelves.CategoriesView.as_view(), name="product-categories"),
    path("products/<str:key>/", products.ProductView.as_view(), name="product"),
    path("products/<str:key>/reviews/", products.ReviewsView.as_view(), name="product-reviews"),
    path(
        "products/<str:key>/recommendations/",
        products.RecommendationsView.as_view(),
        name="product-recommendations",
    ),
    path("recommendations/", products.CartRecommendationsView.as_view(), name="recommendations"),
    path("categories/", shelves.CategoriesView.as_view(), name="categories"),
    path("categories/<str:key>/", shelves.CategoryView.as_view(), name="category"),
    path("brands/", shelves.BrandsView.as_view(), name="brands"),
    path("brands/<str:key>/", shelves.BrandView.as_view(), name="brand"),
    path("faqs/", reading.FaqsView.as_view(), name="faqs"),
    path("promotions/", reading.PromotionsView.as_view(), name="promotions"),
    path("site/", reading.SiteView.as_view(), name="site"),
    path("wishlist/", wishlist.WishlistView.as_view(), name="wishlist"),
    path("wishlist/share/", wishlist.ShareView.as_view(), name="wishlist-share"),
    path("wishlist/shared/<str:token>/", wishlist.SharedView.as_view(), name="wishlist-shared"),
    path("wishlist/<uuid:wish_id>/", wishlist.WishView.as_view(), name="wish"),
]
