"""Every report, by name, in the order of the menu."""

from realtime.reports.buyers import COHORTS, LIFETIME_VALUE
from realtime.reports.carts import ABANDONED
from realtime.reports.figures import Report
from realtime.reports.funnel import FUNNEL
from realtime.reports.offers import OFFERS
from realtime.reports.products import PRODUCTS
from realtime.reports.promotions import PROMOTIONS
from realtime.reports.stock import STOCK
from realtime.reports.summary import SUMMARY
from realtime.reports.traffic import PAGES, SOURCES, TRAFFIC

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        SUMMARY,
        TRAFFIC,
        SOURCES,
        PAGES,
        FUNNEL,
        PRODUCTS,
        COHORTS,
        LIFETIME_VALUE,
        PROMOTIONS,
        OFFERS,
        ABANDONED,
        STOCK,
    )
}
