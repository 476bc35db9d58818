import {Component, useEffect, useState} from "@odoo/owl";
import {
    HOLD_STATES,
    OUTCOMES,
    formAction,
    formatAsOf,
    formatMoney,
    isNumber,
} from "../core/credit_figures.esm";
import {CreditBar} from "../core/credit_bar.esm";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const WAY_ICONS = {
    payment: "fa-money",
    deposit: "fa-bank",
    order: "fa-compress",
    invoices: "fa-file-text-o",
    prepay: "fa-credit-card",
};

/**
 * The live credit panel of a quotation: verdict, figures, reasons, ways out.
 *
 * Shows the Json field `credit_panel`, which the server recomputes with every change
 * of a line. It writes nothing, so it never makes the order dirty. One line when the
 * order may go, open when it may not; the reader's own choice holds until the light
 * changes. Nothing at all for customers who are not checked.
 */
export class CreditPanelField extends Component {
    static template = "credit_control.CreditPanelField";
    static components = {CreditBar};
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.state = useState({open: null});
        useEffect(
            () => {
                this.state.open = null;
            },
            () => [this.props.record.id, this.light?.level]
        );
    }

    get panel() {
        return this.props.record.data[this.props.name] || {};
    }

    /** Level, icon and word of the verdict; undefined where nothing is checked. */
    get light() {
        return this.panel.checked ? OUTCOMES[this.panel.outcome] : undefined;
    }

    get isOpen() {
        return this.state.open ?? ["watch", "stop"].includes(this.light.level);
    }

    get hasLimit() {
        return isNumber(this.panel.limit);
    }

    get asOf() {
        return formatAsOf(this.panel.as_of);
    }

    /** What the order leads to: the one figure that matters while folded. */
    get after() {
        const {after, used, order} = this.panel;
        return this.hasLimit
            ? this.figure("after", _t("Left after this order"), after)
            : this.figure("after", _t("Used after this order"), used + order);
    }

    /** The row of figures, which is the legend of the bar as well. */
    get figures() {
        const {limit, used, order, available} = this.panel;
        const usedFigure = this.figure("used", _t("Used"), used);
        const orderFigure = this.figure("order", _t("This order"), order);
        if (!this.hasLimit) {
            const noLimit = {
                code: "no_limit",
                label: _t("Limit"),
                text: _t("No limit"),
            };
            return [noLimit, usedFigure, orderFigure, this.after];
        }
        return [
            this.figure("limit", _t("Limit"), limit),
            usedFigure,
            this.figure("available", _t("Available"), available),
            orderFigure,
            this.after,
        ];
    }

    get barLabel() {
        return this.figures.map(({label, text}) => `${label}: ${text}`).join(" · ");
    }

    figure(code, label, amount) {
        const text = formatMoney(amount, this.panel.currency_id);
        return {code, label, text, negative: amount < 0};
    }

    get hold() {
        const {hold} = this.panel;
        if (!hold) {
            return null;
        }
        const state = hold.state === "waiting" && hold.ready ? "ready" : hold.state;
        return {...hold, state, text: HOLD_STATES[state]};
    }

    get reasons() {
        return this.panel.reasons || [];
    }

    get ways() {
        return this.panel.ways || [];
    }

    wayIcon(code) {
        return WAY_ICONS[code] || "fa-arrow-right";
    }

    toggle() {
        this.state.open = !this.isOpen;
    }

    openFile() {
        return this.action.doAction(formAction("credit.file", this.panel.file_id));
    }

    openHold() {
        return this.action.doAction(formAction("credit.hold", this.panel.hold.id));
    }
}

export const creditPanelField = {
    component: CreditPanelField,
    displayName: _t("Credit panel"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_panel", creditPanelField);
