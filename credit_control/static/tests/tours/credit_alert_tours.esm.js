import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const CUSTOMER = "Credit Tour Late Payer";

registry.category("web_tour.tours").add("credit_analyst_answers_alert", {
    url: "/odoo",
    steps: () => [
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
            content: "Open the alerts",
            trigger: "[data-menu-xmlid='credit_control.credit_alert_menu_list']",
            run: "click",
        },
        {
            content: "Open the alert",
            trigger: `.o_list_view .o_data_row:contains("${CUSTOMER}") td[name=partner_id]`,
            run: "click",
        },
        {
            content: "It says what was measured",
            trigger: ".o_form_view:contains('40 days past due')",
        },
        {
            content: "Open the review that it has started",
            trigger: "button[name=action_open_review]:enabled",
            run: "click",
        },
        {
            content: "The review says why",
            trigger:
                ".o_field_widget[name=reason] textarea:value(Pays late: 40 days past due)",
        },
        {
            content: "Start",
            trigger: "button[name=action_start]:enabled",
            run: "click",
        },
        {
            content: "It is in review",
            trigger:
                ".o_statusbar_status button[data-value=in_review].o_arrow_button_current",
        },
        {
            content: "Back to the alert",
            trigger: ".breadcrumb-item:contains('Pays late') a, .o_back_button a",
            run: "click",
        },
        {
            content: "Close it",
            trigger: "button[name=action_close]:enabled",
            run: "click",
        },
        {
            content: "Say what became of it",
            trigger: ".modal [name=outcome] input, .modal [name=outcome] select",
            run: "click",
        },
        {
            content: "No action needed",
            trigger: ".o_select_menu_item:contains('No action needed')",
            run: "click",
        },
        {
            content: "Close",
            trigger: ".modal footer button[name=action_close]:enabled",
            run: "click",
        },
        {
            content: "It is closed",
            trigger:
                ".o_form_view:not(.modal *) .o_statusbar_status button[data-value=closed].o_arrow_button_current",
        },
    ],
});
