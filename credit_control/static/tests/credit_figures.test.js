import {
    barSegments,
    formatAsOf,
    formatMoney,
    formatPct,
    withViews,
} from "@credit_control/core/credit_figures.esm";
import {describe, expect, test} from "@odoo/hoot";
import {makeMockEnv, serverState} from "@web/../tests/web_test_helpers";
import {mockDate} from "@odoo/hoot-mock";

describe.current.tags("headless");

/** The bar as one line: "used 80 · order 20 | 80". */
function draw(figures) {
    const {segments, mark} = barSegments(figures);
    const parts = segments.map(({code, width}) => `${code} ${width}`);
    return [parts.join(" · "), mark];
}

test("an order within the limit leaves available room", () => {
    expect(draw({limit: 100, used: 60, order: 15})).toEqual([
        "used 60 · order 15 · available 25",
        null,
    ]);
});

test("an order up to the limit fills the bar and draws no mark", () => {
    expect(draw({limit: 100, used: 60, order: 40})).toEqual([
        "used 60 · order 40",
        null,
    ]);
});

test("an order beyond the limit is cut at the mark", () => {
    expect(draw({limit: 100, used: 80, order: 45})).toEqual([
        "used 64 · order 16 · order_over 20",
        80,
    ]);
});

test("what was used beyond the limit before the order is apart from it", () => {
    expect(draw({limit: 100, used: 150, order: 50})).toEqual([
        "used 50 · used_over 25 · order_over 25",
        50,
    ]);
});

test("a limit of zero stands at the very start", () => {
    expect(draw({limit: 0, used: 0, order: 50})).toEqual(["order_over 100", 0]);
    expect(draw({limit: 0, used: 0, order: 0})).toEqual(["", null]);
});

test("without a limit the bar stays open at the end", () => {
    expect(draw({limit: null, used: 60, order: 20})).toEqual([
        "used 60 · order 20 · open 20",
        null,
    ]);
    expect(draw({limit: null, used: 0, order: 0})).toEqual(["", null]);
});

test("a credit balance is spent before the limit", () => {
    expect(draw({limit: 100, used: -20, order: 70})).toEqual([
        "order 50 · available 50",
        null,
    ]);
});

test("an order that gives back makes what is used smaller", () => {
    expect(draw({limit: 100, used: 60, order: -20})).toEqual([
        "used 40 · available 60",
        null,
    ]);
});

test("a percentage never rounds onto the limit", () => {
    expect(formatPct(99.6)).toBe("99\u00a0%");
    expect(formatPct(100)).toBe("100\u00a0%");
    expect(formatPct(100.4)).toBe("101\u00a0%");
    expect(formatPct(null)).toBe("–");
});

test("money is in the limit's currency, unknown money is a dash", async () => {
    serverState.currencies = [
        {id: 1, name: "USD", symbol: "$", position: "before"},
        {id: 9, name: "JPY", symbol: "¥", position: "after", digits: [69, 0]},
    ];
    await makeMockEnv();
    expect(formatMoney(1234.5, 1)).toBe("$\u00a01,234.50");
    expect(formatMoney(1234, 9)).toBe("1,234\u00a0¥");
    expect(formatMoney(0, 1)).toBe("$\u00a00.00");
    expect(formatMoney(null, 1)).toBe("–");
});

test("the stamp is the reader's time, with the date when it is of another day", async () => {
    mockDate("2026-06-15 12:00:00", +8);
    await makeMockEnv();
    expect(formatAsOf("2026-06-15 00:05")).toMatch(/^as of 8:05.AM$/);
    expect(formatAsOf("2026-06-14 16:30")).toMatch(/^as of 12:30.AM$/);
    expect(formatAsOf("2026-06-14 15:30")).toMatch(/^as of Jun 14, 11:30.PM$/);
    expect(formatAsOf("2025-06-14 15:30")).toMatch(/^as of Jun 14, 2025, 11:30.PM$/);
    expect(formatAsOf("not a time")).toBe("");
    expect(formatAsOf(undefined)).toBe("");
});

test("an action without views gets those of its view mode", () => {
    expect(withViews({view_mode: "list, form"}).views).toEqual([
        [false, "list"],
        [false, "form"],
    ]);
    const complete = {view_mode: "list", views: [[3, "list"]]};
    expect(withViews(complete)).toBe(complete);
});
