import {onMounted} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {listView} from "@web/views/list/list_view";

/**
 * The worklist opens at once with what was measured last; where that is old it is
 * measured anew meanwhile, and the rows are read again.
 *
 * @param {Class} Controller of the view
 * @returns {Class} the same, that measures
 */
export const measuring = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            this.workOrm = useService("orm");
            onMounted(() => this.measure());
        }

        async measure() {
            const model = this.props.resModel;
            if (await this.workOrm.silent.call(model, "measure_if_old", [])) {
                await this.model.root.load();
            }
        }
    };

registry.category("views").add("credit_worklist", {
    ...listView,
    Controller: measuring(listView.Controller),
});
registry.category("views").add("credit_worklist_kanban", {
    ...kanbanView,
    Controller: measuring(kanbanView.Controller),
});
