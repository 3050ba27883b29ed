/* -- calls of this process that fail, do nothing, take longer, wait, or at which it dies -- */

#define GOES_THROUGH -1

struct rule {
	int step; /* The step that has made it. */
	const char *function;
	const char *library; /* Whose calls count: the beginning of its file's name; "": anybody's. */
	const char *threads; /* The names of those whose calls count; NULL: all. */
	int next; /* Only those of a thread that takes a step count, */
	int main; /* or of the thread that calls rte_eal_init. */
	const char *path; /* What its path ends with. */
	long nth;
	long times;
	int error; /* What it fails with; 0: it returns 0 at once; or GOES_THROUGH. */
	long delay_ms;
	int dies;
	long seen;
	int active;
};

#define MOST_RULES 16
static struct rule rules[MOST_RULES];
static int count_of_rules;
static __thread int takes_a_step;

MAY_BE static void add_rule(struct rule rule)
{
	rule.active = 1;
	rules[count_of_rules] = rule;
	__atomic_add_fetch(&count_of_rules, 1, __ATOMIC_RELEASE);
}

/* Ends the rule of a function, and the waits that are its. */
MAY_BE static void end_rule(const char *function)
{
	for (int i = 0; i < count_of_rules; i++) {
		if (strcmp(rules[i].function, function) == 0)
			__atomic_store_n(&rules[i].active, 0, __ATOMIC_RELEASE);
	}
}

static int is_from(const void *caller, const char *library)
{
	Dl_info info;
	const char *slash;

	if (library[0] == '\0')
		return 1;
	if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
		return 0;
	slash = strrchr(info.dli_fname, '/');
	return strncmp(slash == NULL ? info.dli_fname : slash + 1, library, strlen(library)) == 0;
}

static int is_on_thread(const struct rule *rule)
{
	char name[17] = "";

	if (rule->next)
		return takes_a_step;
	if (rule->main)
		return syscall(SYS_gettid) == getpid();
	prctl(PR_GET_NAME, name);
	return rule->threads == NULL || has_word(rule->threads, name);
}

static int ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* What this call fails with; 0: it returns 0 at once; GOES_THROUGH: it does what it is for. */
MAY_BE static int failure(const char *function, const void *caller, const char *path)
{
	int count = __atomic_load_n(&count_of_rules, __ATOMIC_ACQUIRE);

	for (int i = 0; i < count; i++) {
		struct rule *rule = &rules[i];
		struct timespec moment = {.tv_nsec = 1000000};
		long number;

		if (!__atomic_load_n(&rule->active, __ATOMIC_ACQUIRE) ||
		    strcmp(rule->function, function) != 0 || !ends_with(path, rule->path) ||
		    !is_on_thread(rule) || !is_from(caller, rule->library))
			continue;
		number = __atomic_add_fetch(&rule->seen, 1, __ATOMIC_SEQ_CST);
		if (number < rule->nth || number >= rule->nth + rule->times)
			continue;
		tell("met=%d", rule->step);
		if (rule->dies)
			kill(getpid(), SIGKILL);
		for (long ms = 0; ms < rule->delay_ms && __atomic_load_n(&rule->active, __ATOMIC_ACQUIRE);
		     ms++)
			syscall(SYS_nanosleep, &moment, NULL);
		return rule->error;
	}
	return GOES_THROUGH;
}
