from . import (
    credit_collection_claim,
    credit_collector_figure,
    credit_dunning_letter,
    credit_file_report,
    credit_file_report_assessment,
    credit_statement_report,
)
