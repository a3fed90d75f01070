import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
  stripSearchParams,
} from '@tanstack/react-router';
import { Shell } from '../components/shell.tsx';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { SignUpPage } from '../features/sign-in/sign-up-page.tsx';
import { type TaskStatus, taskStatuses } from '../features/tasks/task-pages.ts';
import { TaskRoomContext } from '../features/tasks/task-room.ts';
import { TasksPage } from '../features/tasks/tasks-page.tsx';
import { nextPath } from '../session/next-path.ts';
import { useStore } from '../use-store.ts';
import { Account } from './account.tsx';
import { NotFoundPage, PendingPage, UnavailablePage } from './failure-pages.tsx';
import type { Services } from './services.ts';

const rootRoute = createRootRouteWithContext<Services>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: UnavailablePage,
});

const tasksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { status: TaskStatus } => ({
    status: taskStatuses.find((status) => status === search['status']) ?? 'open',
  }),
  search: { middlewares: [stripSearchParams({ status: 'open' })] },
  async beforeLoad({ context, location }) {
    const { status } = await context.session.load();
    if (status === 'signed-in') return;
    const next = nextPath(location.href);
    throw redirect({ to: '/sign-in', search: next === '/' ? {} : { next }, replace: true });
  },
  component: TasksRoute,
});

function TasksRoute() {
  const { session } = tasksRoute.useRouteContext();
  const { status } = tasksRoute.useSearch();
  const state = useStore(session.state);
  // Between the end of a session and the sign-in page, nothing of the user stays on the screen.
  if (state.status !== 'signed-in') return null;
  const { workspace } = state;
  return (
    <TaskRoomContext key={workspace.user.id} value={workspace}>
      <Shell account={<Account session={session} workspace={workspace} />}>
        <TasksPage status={status} />
      </Shell>
    </TaskRoomContext>
  );
}

const guestRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'guest',
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = nextPath(search['next']);
    return next === '/' ? {} : { next };
  },
  async beforeLoad({ context, search }) {
    const { status } = await context.session.load();
    if (status === 'signed-in') throw redirect({ href: nextPath(search.next), replace: true });
  },
});

const signInRoute = createRoute({
  getParentRoute: () => guestRoute,
  path: '/sign-in',
  component: function SignInRoute() {
    const { session } = signInRoute.useRouteContext();
    const ended = useStore(session.state).status === 'ended';
    return (
      <Shell>
        <SignInPage signIn={session.signIn} ended={ended} search={signInRoute.useSearch()} />
      </Shell>
    );
  },
});

const signUpRoute = createRoute({
  getParentRoute: () => guestRoute,
  path: '/sign-up',
  component: function SignUpRoute() {
    const { session, signUp } = signUpRoute.useRouteContext();
    return (
      <Shell>
        <SignUpPage signUp={signUp} signIn={session.signIn} search={signUpRoute.useSearch()} />
      </Shell>
    );
  },
});

const routeTree = rootRoute.addChildren([
  tasksRoute,
  guestRoute.addChildren([signInRoute, signUpRoute]),
]);

/** The router of the page; it follows the session wherever that leads. */
export function createAppRouter(services: Services) {
  const router = createRouter({
    routeTree,
    context: services,
    defaultPendingComponent: PendingPage,
    defaultPendingMs: 300,
    scrollRestoration: false,
  });
  let before = services.session.state.get().status;
  services.session.state.subscribe(() => {
    const { status } = services.session.state.get();
    // What was unknown is being waited for by the guard of a route already.
    if (before !== 'unknown' && status !== before) void router.invalidate();
    before = status;
  });
  router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
    if (fromLocation && pathChanged) focusHeading();
  });
  return router;
}

/** A new page begins at its heading, unless it has put the focus to use already. */
function focusHeading(): void {
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>('main h1')?.focus();
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
