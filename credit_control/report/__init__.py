from . import credit_collection_claim, credit_statement_report
