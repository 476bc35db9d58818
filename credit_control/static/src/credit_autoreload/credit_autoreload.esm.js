import {Component, onMounted, onWillUnmount, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

export const EVERY = 3000;

/**
 * Reads the record anew every few seconds for as long as it is shown: put it where
 * a job in the background changes the record, `invisible` once the job is done.
 */
export class CreditAutoreload extends Component {
    static template = xml`<span class="o_credit_autoreload fa fa-refresh fa-spin text-muted"/>`;
    static props = {...standardWidgetProps};

    setup() {
        onMounted(() => {
            this.timer = setInterval(() => this.reload(), EVERY);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async reload() {
        const {record} = this.props;
        // What is being typed is not thrown away, and one question is enough
        if (this.reading || (await record.isDirty())) {
            return;
        }
        this.reading = true;
        try {
            await record.load();
        } finally {
            this.reading = false;
        }
    }
}

registry
    .category("view_widgets")
    .add("credit_autoreload", {component: CreditAutoreload});
