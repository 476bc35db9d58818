import {Component} from "@odoo/owl";
import {barSegments} from "./credit_figures.esm";

/** The bar of used, this order and available against the limit. */
export class CreditBar extends Component {
    static template = "credit_control.CreditBar";
    static props = {
        limit: {optional: true, validate: (v) => v === null || typeof v === "number"},
        used: Number,
        order: {type: Number, optional: true},
        level: String,
        label: String,
        class: {type: String, optional: true},
    };
    static defaultProps = {limit: null, order: 0, class: ""};

    get bar() {
        return barSegments(this.props);
    }
}
