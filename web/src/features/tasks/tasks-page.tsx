import { useDocumentTitle } from '../../components/use-document-title.ts';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { FilterNav } from './filter-nav.tsx';
import { NewTaskForm } from './new-task-form.tsx';
import { NoticeBar } from './notice-bar.tsx';
import { SearchField } from './search-field.tsx';
import { TaskList } from './task-list.tsx';
import { quoted } from './task-room.ts';
import { UnsavedTasks } from './unsaved-tasks.tsx';
import { UnsentStatus } from './unsent-status.tsx';

const titles: Record<TaskStatus, string> = {
  open: 'Open tasks',
  completed: 'Completed tasks',
  all: 'All tasks',
};

export function TasksPage({ status, q }: { status: TaskStatus; q: string }) {
  useDocumentTitle(q === '' ? titles[status] : `${titles[status]} with ${quoted(q)}`);
  return (
    <>
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        Tasks
      </h1>
      <UnsentStatus />
      <NewTaskForm />
      <UnsavedTasks />
      <div className="mt-8 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <FilterNav current={status} q={q} />
        <SearchField q={q} />
      </div>
      <TaskList key={status} status={status} q={q} />
      <NoticeBar />
    </>
  );
}
