from . import (
    credit_demo,
    credit_demo_assessment,
    credit_demo_books,
    credit_demo_evidence,
    credit_demo_sales,
)
