import {CreditFile, creditModels} from "./credit_test_helpers.esm";
import {defineModels, mountView} from "@web/../tests/web_test_helpers";
import {expect, queryAll, queryAllTexts, test} from "@odoo/hoot";

defineModels(creditModels);

async function mountList(values, options = "{}") {
    CreditFile._records = values.map((pct, index) => ({
        id: index + 1,
        utilisation_pct: pct,
    }));
    return await mountView({
        type: "list",
        resModel: "credit.file",
        arch: `<list><field name="utilisation_pct" widget="credit_utilisation"
                            options="${options}"/></list>`,
    });
}

function levels() {
    return queryAll(".o_credit_utilisation").map(
        (el) => el.className.match(/o_credit_level_(\w+)/)[1]
    );
}

test("green, amber from 90, red beyond 100, and the bar never longer than full", async () => {
    await mountList([0, 89.9, 90, 100, 100.4, 250]);
    expect(levels()).toEqual(["ok", "ok", "watch", "watch", "stop", "stop"]);
    expect(queryAllTexts(".o_credit_utilisation")).toEqual([
        "0 %",
        "89 %",
        "90 %",
        "100 %",
        "101 %",
        "250 %",
    ]);
    const widths = queryAll(".o_credit_utilisation .o_credit_segment");
    expect(widths.map((el) => el.style.width)).toEqual([
        "0%",
        "89.9%",
        "90%",
        "100%",
        "100%",
        "100%",
    ]);
});

test("the company's own watch line", async () => {
    await mountList([75, 85], "{'watch': 80}");
    expect(levels()).toEqual(["ok", "watch"]);
});
