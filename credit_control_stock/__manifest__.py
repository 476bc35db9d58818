{
    "name": "Credit Control: Deliveries",
    "summary": "Goods of orders on credit hold stay in the warehouse",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "credit_control contributors",
    "depends": ["credit_control", "sale_stock"],
    "auto_install": True,
    "data": [
        "data/stock_picking_actions.xml",
        "views/stock_picking_views.xml",
    ],
}
