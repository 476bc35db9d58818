import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const CUSTOMER = "Credit Tour Applicant";
const row = `.o_list_view .o_data_row:contains("${CUSTOMER}") td[name=partner_id]`;

const openReviews = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open Invoicing",
        trigger: ".o_app[data-menu-xmlid='account.menu_finance']",
        run: "click",
    },
    {
        content: "Open the menu of the credit team",
        trigger: "[data-menu-xmlid='credit_control.credit_menu']",
        run: "click",
    },
    {
        content: "Open the reviews that are due",
        trigger: "[data-menu-xmlid='credit_control.credit_review_menu_due']",
        run: "click",
    },
    {content: "Open the application", trigger: row, run: "click"},
];

registry.category("web_tour.tours").add("credit_analyst_prepares_application", {
    url: "/odoo",
    steps: () => [
        ...openReviews(),
        {
            content: "Start",
            trigger: "button[name=action_start]:enabled",
            run: "click",
        },
        {
            content: "Now and proposed stand side by side",
            trigger: ".o_credit_comparison:contains('2,000.00')",
        },
        {
            content: "Look at the checklist",
            trigger: ".o_notebook .nav-link[name=checklist]",
            run: "click",
        },
        {
            content: "Tick the first mandatory point",
            trigger:
                ".o_data_row:contains('Identity') button[name=action_toggle] .fa-square-o",
            run: "click",
        },
        {
            content: "It is done, and the form is ready again",
            trigger:
                ".o_form_view:has(button[name=action_submit]:enabled) .o_data_row:contains('Identity') .fa-check-square-o",
        },
        {
            content: "Tick the second one",
            trigger:
                ".o_data_row:contains('Public registers') button[name=action_toggle] .fa-square-o",
            run: "click",
        },
        {
            content: "Nothing mandatory is open",
            trigger:
                ".o_form_view:has(button[name=action_submit]:enabled):not(:has(.o_data_row.text-danger))",
        },
        {
            content: "Submit",
            trigger: "button[name=action_submit]:enabled",
            run: "click",
        },
        {
            content: "It waits for approval",
            trigger:
                ".o_statusbar_status button[data-value=to_approve].o_arrow_button_current",
        },
    ],
});

registry.category("web_tour.tours").add("credit_approver_approves_application", {
    url: "/odoo",
    steps: () => [
        ...openReviews(),
        {
            content: "Decide",
            trigger: "button[name=action_decide]",
            run: "click",
        },
        {
            content: "Give the reason",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Balance sheet is fine",
        },
        {
            content: "Approve",
            trigger: ".modal-footer button[name=action_decide]:contains('Approve')",
            run: "click",
        },
        {
            content: "It is approved",
            trigger:
                ".o_form_view:not(:has(.modal)) .o_statusbar_status button[data-value=approved].o_arrow_button_current",
        },
    ],
});
