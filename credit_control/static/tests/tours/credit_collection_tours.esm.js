import {registry} from "@web/core/registry";

const choose = (field, text) => [
    {
        content: `Type ${text}`,
        trigger: `.modal .o_field_widget[name=${field}] input`,
        run: `edit ${text}`,
    },
    {
        content: `Choose ${text}`,
        trigger: `.ui-menu-item a:contains(${text})`,
        run: "click",
    },
];

registry.category("web_tour.tours").add("credit_accountant_hands_over", {
    steps: () => [
        {
            content: "Hand over what somebody owes",
            trigger: ".o_control_panel button:contains('New Case')",
            run: "click",
        },
        ...choose("partner_id", "Collection Tour Customer"),
        {
            content: "What is overdue is proposed",
            trigger: ".modal .o_field_widget[name=item_ids] td:contains('500.00')",
        },
        {
            content: "To an agency",
            trigger: ".modal .o_field_widget[name=kind] input[data-value=agency]",
            run: "click",
        },
        ...choose("agent_id", "Collection Tour Agency"),
        {
            content: "Hand over",
            trigger: ".modal-footer button[name=action_hand_over]",
            run: "click",
        },
        {
            content: "The case is in its first stage",
            trigger: ".o_arrow_button_current:contains('Placed')",
        },
        {
            content: "Nothing is recovered yet",
            trigger: ".o_field_widget[name=amount_open]:contains('500.00')",
        },
        {
            content: "The agency wrote to the customer",
            trigger: ".o_arrow_button:contains('First demand')",
            run: "click",
        },
        {
            content: "The owner has something to do",
            trigger: ".o-mail-Activity:contains('First demand')",
        },
        {
            content: "Take it back",
            trigger: "button[name=action_recall]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit He pays us directly",
        },
        {
            content: "Recall",
            trigger: ".modal-footer button[name=action_close]:visible",
            run: "click",
        },
        {
            content: "The case is closed",
            trigger: ".ribbon:contains('Closed')",
        },
        {
            content: "Back to the cases",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "Nothing runs any more",
            trigger: ".o_kanban_view, .o_view_nocontent",
        },
    ],
});
