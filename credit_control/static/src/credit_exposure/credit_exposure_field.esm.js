import {
    LEVELS,
    formatAsOf,
    formatMoney,
    formatPct,
    isNumber,
    withViews,
} from "../core/credit_figures.esm";
import {Component} from "@odoo/owl";
import {CreditBar} from "../core/credit_bar.esm";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/** Length of the half circle that the gauge draws: radius 50. */
const GAUGE_LENGTH = Math.PI * 50;

/**
 * What a customer owes against his limit: gauge, parts of the exposure, shared limit.
 *
 * Shows `credit.file.live_panel` and `res.partner.credit_panel`. Every part that has
 * an amount opens its documents, which needs a credit file.
 */
export class CreditExposureField extends Component {
    static template = "credit_control.CreditExposureField";
    static components = {CreditBar};
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get panel() {
        return this.props.record.data[this.props.name] || null;
    }

    get fileId() {
        const {resModel, resId} = this.props.record;
        return (resModel === "credit.file" ? resId : this.panel.file_id) || null;
    }

    get hasLimit() {
        return isNumber(this.panel.limit);
    }

    get level() {
        return this.panel.level in LEVELS ? this.panel.level : "none";
    }

    get light() {
        const light = LEVELS[this.level];
        if (this.panel.word) {
            return {...light, word: this.panel.word};
        }
        return this.panel.limit_mode === "unlimited" && this.level === "none"
            ? {...light, word: _t("Unlimited")}
            : light;
    }

    /** Used share for the eye: full from 100 %, and where no credit is granted. */
    get gauge() {
        const {limit, limit_mode: mode, used, used_pct: pct} = this.panel;
        const noCredit = limit === 0;
        const shown = noCredit && used > 0 ? 100 : pct || 0;
        const share = this.hasLimit ? Math.min(Math.max(shown, 0), 100) / 100 : 0;
        const dash = `${share * GAUGE_LENGTH} ${GAUGE_LENGTH}`;
        if (!this.hasLimit) {
            return {dash, text: mode === "unlimited" ? "∞" : "–"};
        }
        return {dash, text: noCredit ? _t("No credit") : formatPct(pct)};
    }

    get parts() {
        const parts = this.panel.parts || [];
        return parts.map((part) => ({
            ...part,
            // `|| 0` keeps a minus sign away from nothing
            text: this.money(part.sign * part.amount || 0),
            isLink: Boolean(this.fileId && part.amount),
        }));
    }

    get asOf() {
        return formatAsOf(this.panel.as_of);
    }

    get overdueText() {
        const {overdue_days: days} = this.panel;
        return days > 0 ? _t("oldest %s days past due", days) : "";
    }

    get groupLevel() {
        const {limit, used} = this.panel.group;
        return isNumber(limit) && used > limit ? "stop" : "ok";
    }

    get groupLabel() {
        const {limit, used, available} = this.panel.group;
        return _t("Used %(used)s of %(limit)s, available %(available)s", {
            used: this.money(used),
            limit: this.money(limit),
            available: this.money(available),
        });
    }

    money(value) {
        return formatMoney(value, this.panel.currency_id);
    }

    async openPart(part) {
        const action = await this.orm.call("credit.file", "action_open_exposure", [
            [this.fileId],
            ...(part ? [part] : []),
        ]);
        await this.action.doAction(withViews(action));
    }
}

export const creditExposureField = {
    component: CreditExposureField,
    displayName: _t("Credit exposure"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_exposure", creditExposureField);
