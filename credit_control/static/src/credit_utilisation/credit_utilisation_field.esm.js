import {formatPct, isNumber} from "../core/credit_figures.esm";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The used share of a limit as a small bar in lists and cards; green, amber, red. */
export class CreditUtilisationField extends Component {
    static template = "credit_control.CreditUtilisationField";
    static props = {...standardFieldProps, watch: {type: Number, optional: true}};
    static defaultProps = {watch: 90};

    get pct() {
        const value = this.props.record.data[this.props.name];
        return isNumber(value) ? value : 0;
    }

    get text() {
        return formatPct(this.pct);
    }

    get width() {
        return Math.min(Math.max(this.pct, 0), 100);
    }

    get level() {
        if (this.pct > 100) {
            return "stop";
        }
        return this.pct >= this.props.watch ? "watch" : "ok";
    }
}

export const creditUtilisationField = {
    component: CreditUtilisationField,
    displayName: _t("Credit utilisation"),
    supportedTypes: ["float", "integer"],
    supportedOptions: [
        {label: _t("Amber from this percentage"), name: "watch", type: "number"},
    ],
    extractProps: ({options}) => ({watch: options.watch}),
};

registry.category("fields").add("credit_utilisation", creditUtilisationField);
