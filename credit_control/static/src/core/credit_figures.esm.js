import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, toLocaleDateTimeString, today} from "@web/core/l10n/dates";
import {formatCurrency} from "@web/core/currency";
import {nbsp} from "@web/core/utils/strings";

/**
 * What the credit widgets share: the traffic light, money, stamps and the geometry
 * of the bar. Pure functions over the Json that the server sends; nothing here
 * decides, the server has decided.
 */

/** Verdict of the gate -> colour level, icon and word: never colour alone. */
export const OUTCOMES = {
    free: {level: "none", icon: "fa-circle-o", word: _t("Not needed")},
    pass: {level: "ok", icon: "fa-check-circle", word: _t("OK")},
    released: {level: "ok", icon: "fa-unlock-alt", word: _t("Released")},
    warn: {level: "watch", icon: "fa-exclamation-triangle", word: _t("Warning")},
    hold: {level: "stop", icon: "fa-hand-paper-o", word: _t("Hold")},
};

/** How far a limit is used -> icon and word. */
export const LEVELS = {
    ok: {icon: "fa-check-circle", word: _t("Within the limit")},
    watch: {icon: "fa-exclamation-triangle", word: _t("Near the limit")},
    stop: {icon: "fa-hand-paper-o", word: _t("Over the limit")},
    none: {icon: "fa-circle-o", word: _t("No limit")},
};

/** State of a hold as its reader wants it said. */
export const HOLD_STATES = {
    waiting: _t("waiting for a decision"),
    ready: _t("ready to release"),
    released: _t("released"),
    rejected: _t("rejected"),
    cancelled: _t("cancelled"),
    expired: _t("expired"),
};

export function isNumber(value) {
    return typeof value === "number" && Number.isFinite(value);
}

/** Money in the currency of the limit; an unknown amount is a dash, never a zero. */
export function formatMoney(value, currencyId) {
    return isNumber(value) ? formatCurrency(value, currencyId) : "–";
}

/** A whole percentage that never rounds onto the limit: 99.6 is 99 %, 100.4 is 101 %. */
export function formatPct(value) {
    if (!isNumber(value)) {
        return "–";
    }
    const whole = value > 100 ? Math.ceil(value) : Math.trunc(value);
    return `${whole}${nbsp}%`;
}

/** "as of" stamp from the server's UTC time; the time alone when it is of today. */
export function formatAsOf(value) {
    const stamp = value ? deserializeDateTime(value) : null;
    if (!stamp || !stamp.isValid) {
        return "";
    }
    const showDate = !stamp.hasSame(today(), "day");
    return _t("as of %s", toLocaleDateTimeString(stamp, {showDate}));
}

/**
 * The bar as segments whose widths, in percent, add up to 100.
 *
 * The scale ends at the limit, or beyond it at what would be used after the order;
 * `mark` is then where the limit stands, else null. Without a limit the bar shows the
 * order beside what is used already and stays open at the end.
 *
 * barSegments({limit: 100, used: 80, order: 45}) ->
 *     {segments: [used 64, order 16, order_over 20], mark: 80}
 */
export function barSegments({limit, used, order = 0}) {
    const after = Math.max(used + order, 0);
    const before = Math.min(Math.max(used, 0), after);
    const hasLimit = isNumber(limit);
    const ceiling = hasLimit ? Math.max(limit, 0) : Infinity;
    const scale = hasLimit ? Math.max(ceiling, after) : after * 1.25;
    const spans = [
        ["used", 0, Math.min(before, ceiling)],
        ["used_over", Math.min(before, ceiling), before],
        ["order", before, Math.max(before, Math.min(after, ceiling))],
        ["order_over", Math.max(before, Math.min(after, ceiling)), after],
        [hasLimit ? "available" : "open", after, scale],
    ];
    const segments = spans
        .filter(([, from, to]) => to > from)
        .map(([code, from, to]) => ({code, width: ((to - from) / scale) * 100}));
    const mark = hasLimit && after > ceiling ? (ceiling / scale) * 100 : null;
    return {segments, mark};
}

/**
 * An action as doAction wants it. What a button returns passes through the server's
 * clean_action, what orm.call returns does not and may lack its views.
 */
export function withViews(action) {
    if (!action || action.views || !action.view_mode) {
        return action;
    }
    const views = action.view_mode.split(",").map((mode) => [false, mode.trim()]);
    return {...action, views};
}

/** The form of one record, as an action. */
export function formAction(resModel, resId) {
    return {
        type: "ir.actions.act_window",
        res_model: resModel,
        res_id: resId,
        views: [[false, "form"]],
    };
}
