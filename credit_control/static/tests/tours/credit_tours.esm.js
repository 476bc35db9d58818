import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";
import tourUtils from "@sale/js/tours/tour_utils";

const PANEL = ".o_credit_panel";

registry.category("web_tour.tours").add("credit_salesperson_asks_for_release", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Sales",
            trigger: ".o_app[data-menu-xmlid='sale.sale_menu_root']",
            run: "click",
        },
        ...tourUtils.createNewSalesOrder(),
        {
            content: "Nothing is said before there is a customer",
            trigger: `.o_form_view:not(:has(${PANEL}))`,
        },
        ...tourUtils.selectCustomer("Credit Tour Customer"),
        {
            content: "An empty order needs no credit: one grey line",
            trigger: `${PANEL}.o_credit_level_none:not(.o_credit_open)`,
        },
        ...tourUtils.addProduct("Credit Tour Pump"),
        {
            content:
                "The line still being typed is over the limit: the panel turned red",
            trigger: `${PANEL}[data-outcome=hold] [data-figure=after]:contains("-234.00")`,
        },
        {
            content: "The panel names a way out, exact to the cent",
            trigger: `${PANEL} .o_credit_ways [data-code=order]:contains("1,000.00")`,
        },
        {
            content: "Confirm all the same",
            trigger: "button[name=action_confirm]:not(:disabled)",
            run: "click",
        },
        {
            content: "The refusal says why",
            trigger: ".modal-body:contains('held by credit control')",
        },
        {
            content: "Its button asks for a release",
            trigger: ".modal-footer button:contains('Request release')",
            run: "click",
        },
        {
            content: "Write a note",
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit He pays on Friday",
        },
        {
            content: "Send the request",
            trigger: ".modal-footer button[name=action_request]",
            run: "click",
        },
        {
            content: "The request was sent",
            trigger: ".o_notification:contains('You will be told of the decision')",
        },
        {
            content: "The panel names the hold that waits",
            trigger: `${PANEL} .o_credit_hold[data-state=waiting]`,
        },
    ],
});

registry.category("web_tour.tours").add("credit_approver_releases", {
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
            content: "Open the hold queue",
            trigger: "[data-menu-xmlid='credit_control.credit_hold_menu']",
            run: "click",
        },
        {
            content: "Open the hold of our customer",
            trigger:
                ".o_list_view .o_data_row:contains('Credit Tour Customer') td[name=partner_id]",
            run: "click",
        },
        {
            content: "The salesperson's note is there to read",
            trigger:
                ".o_form_view .o_field_widget[name=request_note]:contains('He pays on Friday')",
        },
        {
            content: "Release",
            trigger: ".o_form_statusbar button[name=action_release]",
            run: "click",
        },
        {
            content: "Give the reason",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Promise of the managing director",
        },
        {
            content: "The order is confirmed in the same click",
            trigger: ".modal .o_field_widget[name=confirm_order] input:checked",
        },
        {
            content: "Decide",
            trigger: ".modal-footer button[name=action_decide]:contains('Release')",
            run: "click",
        },
        {
            content: "The hold is released",
            trigger:
                ".o_form_view:not(:has(.modal)) .o_statusbar_status button[data-value=released].o_arrow_button_current",
        },
    ],
});

const row = (name) => `.o_list_view .o_data_row:contains("Credit Tour ${name}")`;

registry.category("web_tour.tours").add("credit_accountant_reminds", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Invoicing",
            trigger: ".o_app[data-menu-xmlid='account.menu_finance']",
            run: "click",
        },
        {
            content: "Open Customers",
            trigger: "[data-menu-xmlid='account.menu_finance_receivables']",
            run: "click",
        },
        {
            content: "Open the worklist",
            trigger: "[data-menu-xmlid='credit_control.credit_dunning_work_menu']",
            run: "click",
        },
        {
            content: "Log a contact of the customer who is called first",
            trigger: `${row("Silent")} button[name=action_log_contact]`,
            run: "click",
        },
        {
            content: "Called: no answer",
            trigger: ".modal .o_selection_badge:contains('No answer')",
            run: "click",
        },
        {
            content: "The next date is proposed",
            trigger:
                ".modal .o_field_widget[name=next_date]:not(.o_field_empty) input, .modal .o_field_widget[name=next_date] button.o_input",
        },
        {
            content: "Say what to do then",
            trigger: ".modal .o_field_widget[name=next_action] input",
            run: "edit Ask for Mrs. Lang",
        },
        {
            content: "Log it",
            trigger: ".modal-footer button[name=action_log]",
            run: "click",
        },
        {
            content: "The row is put off until then",
            trigger: `.o_list_view:not(:has(.modal)):not(:has(.o_data_row:contains("Credit Tour Silent")))`,
        },
        {
            content: "Choose the other customer",
            trigger: `${row("Debtor")} .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "Propose his reminder",
            trigger: ".o_control_panel button[name=action_remind]",
            run: "click",
        },
        {
            content: "The run says what it would send",
            trigger:
                ".o_form_view .o_field_widget[name=summary]:contains('To send: 1')",
        },
        {
            content: "Look at the notice",
            trigger:
                ".o_form_view .o_field_widget[name=shown_ids] .o_data_row:contains('Debtor') td[name=partner_id]",
            run: "click",
        },
        {
            content: "Its text is there to read",
            trigger: ".modal .o_field_widget[name=preview]:contains('755.00')",
        },
        {
            content: "Open the items",
            trigger: ".modal a.nav-link:contains('Items')",
            run: "click",
        },
        {
            content: "Leave the small one out",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains('55.00') button[name=action_remove]",
            run: "click",
        },
        {
            content: "It is left out",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains('55.00') button[name=action_restore]",
        },
        {
            content: "Back to the run",
            trigger: ".modal-header button.btn-close",
            run: "click",
        },
        {
            content: "Send",
            trigger:
                "body:not(:has(.modal)) .o_form_statusbar button[name=action_send]:contains('Send All')",
            run: "click",
        },
        {
            content: "The run is done, and says what it did",
            trigger:
                ".o_form_view .o_field_widget[name=summary]:contains('Sent: 1'):contains('700.00')",
        },
        {
            content: "Back to the worklist",
            trigger: ".o_breadcrumb a:contains('Payment Reminders')",
            run: "click",
        },
        {
            content: "Nobody is left to act on; look at everybody",
            trigger: `.o_list_view:not(:has(.o_data_row:contains("Credit Tour Debtor"))) .o_facet_remove`,
            run: "click",
        },
        {
            content: "The worklist shows the level reached",
            trigger: `${row("Debtor")} td[name=level_reached]:contains("2")`,
        },
        {
            content: "And that a reminder was sent",
            trigger: `${row("Debtor")} td[name=state]:contains("Waiting for payment")`,
        },
    ],
});
