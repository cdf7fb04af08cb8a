"""Facts of tasks."""

TASK_CREATED = "task.created"
TASK_ASSIGNED = "task.assigned"
TASK_PUT_OFF = "task.put_off"
TASK_DONE = "task.done"
TASK_DROPPED = "task.dropped"
