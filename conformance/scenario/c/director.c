#define _GNU_SOURCE
#define ALLOW_EXPERIMENTAL_API
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*INCLUDES*/

/* Not every scenario has a use for it. */
#define MAY_BE __attribute__((unused))

/* What must happen within this time has not happened: a hang. */
#ifndef DEADLINE_MS
#define DEADLINE_MS 30000
#endif
/* Timeouts of requests: when nobody answers, when some do, when all do. */
#define BRIEF_MS 300
#define PATIENCE_MS 2000
#define AMPLE_MS 10000
#define MOST_LINES 256
/* The status of a process that could not be made what it is to be. */
#define COULD_NOT 72
/* What a process is told to be, as the first argument of this program. */
#define PROCESS "--process"
/* The step of a process that is held: its rte_eal_init. */
#define INIT -1

/* A step that a process takes, and what earlier answers give to it: "key=value ...". */
struct order {
	int step;
	char given[256];
};

/* -- the director, which is no DPDK process, and the processes that it has started -- */

struct process {
	const char *name;
	pid_t pid;
	int control;
	char lines[MOST_LINES][2048];
	int count;
	char runtime[80];
};

static struct process processes[/*COUNT*/];
static char prefix[32];
static int main_argc;
static char **main_argv;
static pid_t director;
static int missed;

static void dies(struct process *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

static void give_up(const char *what, const char *who)
{
	printf("CANNOT   %s: %s (%s)\n", who, what, strerror(errno));
	exit(2);
}

static void say(int so, int line, const char *format, ...)
{
	va_list more;

	printf("%s line %d: ", so ? "as said " : "NOT SO  ", line);
	va_start(more, format);
	vprintf(format, more);
	va_end(more);
	printf("\n");
	missed |= !so;
}

/* Ends here: what follows would only tell of the same again. */
static void stop_here(void)
{
	printf("%s\n", missed ? "It fails." : "All is as the scenario expects.");
	exit(missed);
}

static void died(struct process *p, int line, const char *instead_of)
{
	int status = 0;

	waitpid(p->pid, &status, 0);
	p->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == COULD_NOT)
		exit(2);
	if (WIFSIGNALED(status))
		say(0, line, "%s died of signal %d (%s) instead of %s", p->name, WTERMSIG(status),
			strsignal(WTERMSIG(status)), instead_of);
	else
		say(0, line, "%s ended with status %d instead of %s", p->name, WEXITSTATUS(status),
			instead_of);
	stop_here();
}

/* Ends here if a process has died. */
MAY_BE static void tell_of_deaths(int line, const char *instead_of)
{
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		siginfo_t how = {.si_pid = 0};

		if (processes[i].pid > 0 &&
		    waitid(P_PID, processes[i].pid, &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid != 0)
			died(&processes[i], line, instead_of);
	}
}

/* Reads one line of a process, if one comes within the time; whether it did. */
static int hear(struct process *p, int ms, int line, const char *what)
{
	struct pollfd ready = {.fd = p->control, .events = POLLIN};
	ssize_t size;

	if (poll(&ready, 1, ms) <= 0)
		return 0;
	if (p->count == MOST_LINES)
		give_up("says too much", p->name);
	size = recv(p->control, p->lines[p->count], sizeof(p->lines[0]) - 1, 0);
	if (size <= 0)
		died(p, line, what);
	p->lines[p->count++][size] = '\0';
	return 1;
}

/*WORDS*/

/* The first line that has these words and that nobody has taken; NULL where none comes in time. */
static const char *wait_for(struct process *p, const char *words, int line, const char *what)
{
	static char taken[2048];
	int at = 0;

	for (;;) {
		for (; at < p->count; at++) {
			if (has(p->lines[at], words)) {
				snprintf(taken, sizeof(taken), "%s", p->lines[at]);
				p->lines[at][0] = '\0';
				return taken;
			}
		}
		if (!hear(p, DEADLINE_MS, line, what)) {
			say(0, line, "%s hangs: %s", p->name, what);
			stop_here();
		}
	}
}

/* Removes the files of this name's beginning from a folder. */
static void remove_from(const char *folder, const char *beginning)
{
	DIR *open = opendir(folder);
	struct dirent *entry;
	char path[1024];

	while (open != NULL && (entry = readdir(open)) != NULL) {
		if (strncmp(entry->d_name, beginning, strlen(beginning)) != 0 || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		unlink(path);
	}
	if (open != NULL)
		closedir(open);
}

/* Ends the processes that are left, and removes what DPDK has made for them. */
static void clean(void)
{
	char device[256], folder[256], type[64], map[64], runtime[128] = "";
	FILE *mounts;

	if (getpid() != director)
		return;
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		if (processes[i].pid > 0)
			dies(&processes[i]);
		if (processes[i].runtime[0] != '\0')
			snprintf(runtime, sizeof(runtime), "%s", processes[i].runtime);
	}
	if (runtime[0] == '\0') /* Nobody has come so far as to tell. */
		snprintf(runtime, sizeof(runtime), "/var/run/dpdk/%s", prefix);
	remove_from(runtime, "");
	rmdir(runtime);
	snprintf(map, sizeof(map), "%smap_", prefix);
	mounts = fopen("/proc/mounts", "r");
	while (mounts != NULL && fscanf(mounts, "%255s %255s %63s %*[^\n]", device, folder, type) == 3) {
		if (strcmp(type, "hugetlbfs") == 0)
			remove_from(folder, map);
	}
	if (mounts != NULL)
		fclose(mounts);
}

/*OWN*//*DIRECTORY*/static void run_process(int control, int held, int argc, char **argv);

static void let_interrupt(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(how, &signals, NULL);
}

/* In a child: executes this program anew, so that its functions are at addresses of its own. */
static void become(const char *name, char **argv)
{
	int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

/*HAVE_OWN*/	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fexecve(program, argv, environ);
	printf("CANNOT   %s: to execute this program anew (%s)\n", name, strerror(errno));
	_exit(COULD_NOT);
}

/* Starts a process, which calls rte_eal_init, or, where it is held, waits before that. */
static void forks(struct process *p, const char *name, const char *role, int held, int argc, char **eal)
{
	int pair[2], count = 0;
	char *argv[64], type[64], file_prefix[64], control[16], lcores[32];

	p->name = name;
	snprintf(type, sizeof(type), "--proc-type=%s", role);
	snprintf(file_prefix, sizeof(file_prefix), "--file-prefix=%s", prefix);
	snprintf(lcores, sizeof(lcores), "--lcores=%d@0", /*LCORE*/);
	argv[count++] = main_argv[0];
	argv[count++] = PROCESS;
	argv[count++] = control;
	argv[count++] = held ? "held" : "at once";
	argv[count++] = (char *)(uintptr_t)name;
	argv[count++] = type;
	argv[count++] = file_prefix;
	argv[count++] = "--no-pci";
	argv[count++] = lcores;
	for (int i = 0; i < argc && count < 63; i++)
		argv[count++] = eal[i];
	for (int i = 1; i < main_argc && count < 63; i++)
		argv[count++] = main_argv[i];
	argv[count] = NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		give_up("no socket", name);
	snprintf(control, sizeof(control), "%d", pair[1]);
	fflush(stdout);
	/* Whoever interrupts meanwhile would end a director that does not know its child. */
	let_interrupt(SIG_BLOCK);
/*FORKS*/	p->pid = fork();
	if (p->pid == 0) {
		signal(SIGINT, SIG_IGN); /* Ctrl-C is for the director, which ends it. */
		signal(SIGTERM, SIG_DFL);
		let_interrupt(SIG_UNBLOCK);
		dup2(2, 1); /* What EAL and the drivers print is not what this program says. */
		fcntl(pair[1], F_SETFD, 0);
		become(name, argv);
	}
/*FORKED*/	let_interrupt(SIG_UNBLOCK);
	close(pair[1]);
	p->control = pair[0];
}

/* Starts a process and waits for its rte_eal_init: what that returns, and the name of rte_errno. */
MAY_BE static int comes(struct process *p, const char *name, const char *role, int line, int argc,
			char **eal, char why[32])
{
	int ret = -1;

	forks(p, name, role, 0, argc, eal);
	sscanf(wait_for(p, "init", line, "rte_eal_init"), "init %d %31s %79s", &ret, why, p->runtime);
	return ret;
}

/* The rte_eal_init of a process that is held begins. */
MAY_BE static void begins_init(struct process *p)
{
	struct order order = {.step = INIT};

	snprintf(p->runtime, sizeof(p->runtime), "/var/run/dpdk/%s", prefix);
	send(p->control, &order, sizeof(order), MSG_NOSIGNAL);
}

MAY_BE static void starts(struct process *p, const char *name, const char *role, int line, int argc,
			  char **eal)
{
	char why[32] = "";

	if (comes(p, name, role, line, argc, eal, why) >= 0)
		return;
	if (p != processes) {
		say(0, line, "%s does not start: rte_eal_init fails with %s", name, why);
		stop_here();
	}
	/* The first of all: the machine has no room for it. */
	printf("CANNOT   %s does not start: rte_eal_init fails with %s (see above)\n", name, why);
	exit(2);
}

MAY_BE static void fails_to_start(struct process *p, const char *name, const char *role, int line,
				  int argc, char **eal, char answer[2048])
{
	char why[32] = "";
	int ret = comes(p, name, role, line, argc, eal, why);

	say(ret < 0, line, "rte_eal_init of %s fails: %d", name, ret);
	snprintf(answer, 2048, " rte_errno=%s", why);
}

static void begins(struct process *p, int step, const char *given)
{
	struct order order = {.step = step};

	snprintf(order.given, sizeof(order.given), "%s", given);
	if (send(p->control, &order, sizeof(order), MSG_NOSIGNAL) != sizeof(order))
		died(p, step, "running a step");
}

static const char *answer(struct process *p, int step, int line, const char *what)
{
	char words[32];

	snprintf(words, sizeof(words), "answer=%d", step);
	return wait_for(p, words, line, what);
}

MAY_BE static void expect(int line, const char *name, const char *seen, const char *wanted)
{
	if (has(seen, wanted))
		say(1, line, "%s %s", name, wanted);
	else
		say(0, line, "%s: expected %s; seen %s", name, wanted, seen);
}

MAY_BE static void says(struct process *p, int line, const char *words)
{
	wait_for(p, words, line, words);
}

/* Asks the process something, so that all that it has said before is here, and counts. */
MAY_BE static void has_said(struct process *p, int line, const char *words, int times)
{
	int count = 0;

	begins(p, 0, "");
	answer(p, 0, line, "to answer");
	for (int at = 0; at < p->count; at++)
		count += has(p->lines[at], words);
	say(count == times, line, "%s has said %s %d times; seen %d", p->name, words, times, count);
}

MAY_BE static void lives(struct process *p, int line)
{
	begins(p, 0, "");
	answer(p, 0, line, "to answer");
	say(1, line, "%s lives", p->name);
}

/* Whether a call has come that a step of this process waits for. */
static int has_met(const struct process *p, int step)
{
	char words[32];
	int found = 0;

	snprintf(words, sizeof(words), "met=%d", step);
	for (int at = 0; at < p->count; at++)
		found |= has(p->lines[at], words);
	return found;
}

/* A call that never came has changed nothing, and what was seen tells nothing. */
MAY_BE static void must_have_met(struct process *p, int step, int line)
{
	if (p->pid > 0 && !has_met(p, step)) {
		begins(p, 0, "");
		answer(p, 0, line, "to answer");
	}
	if (!has_met(p, step)) {
		printf("CANNOT   line %d: %s has not come to that call\n", line, p->name);
		exit(2);
	}
}

/* Waits until a process has come to a call that is held. */
MAY_BE static void comes_to_call(struct process *p, int step, int line)
{
	while (!has_met(p, step)) {
		if (!hear(p, DEADLINE_MS, line, "coming to that call"))
			must_have_met(p, step, line);
	}
}

/* The process must come to the call at which it dies. */
MAY_BE static void has_died(struct process *p, int step, int line)
{
	struct pollfd ready = {.fd = p->control, .events = POLLIN};
	ssize_t size = 1;

	while (size > 0 && p->count < MOST_LINES && poll(&ready, 1, DEADLINE_MS) > 0) {
		size = recv(p->control, p->lines[p->count], sizeof(p->lines[0]) - 1, 0);
		if (size > 0)
			p->lines[p->count++][size] = '\0';
	}
	dies(p);
	must_have_met(p, step, line);
}

/* The process is told to end, and must end with status 0. */
MAY_BE static void ends_by(struct process *p, int step, int line, const char *how)
{
	struct pollfd ready = {.fd = p->control, .events = POLLIN};
	int status = 0;

	begins(p, step, "");
	for (;;) {
		if (poll(&ready, 1, DEADLINE_MS) <= 0) {
			say(0, line, "%s hangs: to end by %s", p->name, how);
			stop_here();
		}
		if (p->count == MOST_LINES ||
		    recv(p->control, p->lines[p->count], sizeof(p->lines[0]) - 1, 0) <= 0)
			break;
		p->count++;
	}
	waitpid(p->pid, &status, 0);
	p->pid = 0;
	say(WIFEXITED(status) && WEXITSTATUS(status) == 0, line, "%s ends by %s: %s %d", p->name, how,
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

MAY_BE static void sends_signal(struct process *p, int number)
{
	kill(p->pid, number);
	if (number == SIGSTOP)
		waitpid(p->pid, NULL, WUNTRACED);
}

static void interrupted(int number)
{
	(void)number;
	exit(2); /* Which cleans up: the director has one thread, and waits where it is. */
}

/*PROCESS*/

/*GHOSTS*/
int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 4 && strcmp(argv[1], PROCESS) == 0)
		run_process(atoi(argv[2]), strcmp(argv[3], "held") == 0, argc - 4, argv + 4);
	main_argc = argc;
	main_argv = argv;
	director = getpid();
	snprintf(prefix, sizeof(prefix), "scenario%d", director);
	atexit(clean);
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
/*MAIN*/
	stop_here();
	return 0;
}
