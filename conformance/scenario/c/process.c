/* -- in a process -- */

static int to_director;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
	char line[2048];
	va_list more;
	int size;

	va_start(more, format);
	size = vsnprintf(line, sizeof(line), format, more);
	va_end(more);
	if (size > (int)sizeof(line) - 1)
		size = sizeof(line) - 1;
	send(to_director, line, size, MSG_NOSIGNAL);
}

static const char *errno_name(int number)
{
	static __thread char other[16];

	switch (number) {
	case 0:
		return "null";
/*ERRNO*/
	}
	snprintf(other, sizeof(other), "%d", number);
	return other;
}

MAY_BE static const char *pointer_text(const void *pointer)
{
	static __thread char text[32];

	snprintf(text, sizeof(text), pointer == NULL ? "null" : "%p", pointer);
	return text;
}

/*RULES*/
/*HELPERS*/

/* A number that an earlier answer gives to a step. */
MAY_BE static unsigned long long given(const struct order *order, const char *key)
{
	char line[300];

	snprintf(line, sizeof(line), " %s", order->given);
	return strtoull(value_of(line, key), NULL, 0);
}

static void *run_step(void *argument)
{
	struct order *order = argument;

/*TAKES_A_STEP*/	switch (order->step) {
	case 0:
		tell("answer=0");
		break;
/*STEPS*/
	}
	free(order);
	return NULL;
}

/* The next order of the director; without a director the process ends. */
static struct order *next_order(int control)
{
	struct order *order = calloc(1, sizeof(*order));

	if (recv(control, order, sizeof(*order), 0) != sizeof(*order))
		_exit(0);
	return order;
}

static void run_process(int control, int held, int argc, char **argv)
{
	struct order *order;
	pthread_t thread;
	int ret;

	fcntl(control, F_SETFD, FD_CLOEXEC);
	to_director = control;
	while (held) {
		order = next_order(control);
		held = order->step != INIT;
		run_step(order);
	}
	ret = rte_eal_init(argc, argv);
	if (ret < 0) {
		tell("init %d %s %s", ret, errno_name(rte_errno), rte_eal_get_runtime_dir());
		_exit(71);
	}
	tell("init 0 null %s", rte_eal_get_runtime_dir());
	tell("ready");
	for (;;) {
		order = next_order(control);
		/* Each step has a thread of its own: one that blocks must not keep others from running. */
		if (pthread_create(&thread, NULL, run_step, order) == 0)
			pthread_detach(thread);
	}
}
