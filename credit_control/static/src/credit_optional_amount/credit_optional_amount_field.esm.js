import {MonetaryField, monetaryField} from "@web/views/fields/monetary/monetary_field";
import {parseMonetary} from "@web/views/fields/parsers";
import {registry} from "@web/core/registry";

/** An amount that may be missing: emptied, it is unset and not zero. */
export class CreditOptionalAmountField extends MonetaryField {
    get inputOptions() {
        return {
            ...super.inputOptions,
            parse: (text) =>
                text.trim() ? parseMonetary(text, {allowOperation: true}) : false,
        };
    }
}

export const creditOptionalAmountField = {
    ...monetaryField,
    component: CreditOptionalAmountField,
};

registry.category("fields").add("credit_optional_amount", creditOptionalAmountField);
