import { useDocumentTitle } from '../../components/use-document-title.ts';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { FilterNav } from './filter-nav.tsx';
import { NewTaskForm } from './new-task-form.tsx';
import { NoticeBar } from './notice-bar.tsx';
import { TaskList } from './task-list.tsx';
import { UnsavedTasks } from './unsaved-tasks.tsx';
import { UnsentStatus } from './unsent-status.tsx';

const titles: Record<TaskStatus, string> = {
  open: 'Open tasks',
  completed: 'Completed tasks',
  all: 'All tasks',
};

export function TasksPage({ status }: { status: TaskStatus }) {
  useDocumentTitle(titles[status]);
  return (
    <>
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        Tasks
      </h1>
      <UnsentStatus />
      <NewTaskForm />
      <UnsavedTasks />
      <FilterNav current={status} />
      <TaskList key={status} status={status} />
      <NoticeBar />
    </>
  );
}
