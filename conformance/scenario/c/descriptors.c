/* What a file of /proc that has one word says of a thread of this process. */
static void proc_word(const char *thread, const char *file, char word[64])
{
	char path[300];
	FILE *opened;

	snprintf(path, sizeof(path), "/proc/self/task/%s/%s", thread, file);
	opened = fopen(path, "r");
	word[opened == NULL ? 0 : fread(word, 1, 63, opened)] = '\0';
	if (opened != NULL)
		fclose(opened);
}

/*
 * A thread that waits in accept(2) holds a number that /proc does not show. Those of telemetry do, and
 * may have been started only just now.
 */
static void let_telemetry_wait(void)
{
	char name[64], waits_in[64];
	struct dirent *thread;
	int runs = 1;
	DIR *all;

	while (runs) {
		runs = 0;
		all = opendir("/proc/self/task");
		while (all != NULL && (thread = readdir(all)) != NULL) {
			proc_word(thread->d_name, "comm", name);
			proc_word(thread->d_name, "wchan", waits_in);
			runs |= strstr(name, "telemet") != NULL && strcmp(waits_in, "0") == 0;
		}
		if (all != NULL)
			closedir(all);
		sched_yield();
	}
}

/* Leaves this process room for so many descriptors more; -1: as before. */
MAY_BE static void leave_descriptors(int left)
{
	static struct rlimit before;
	struct rlimit limit;
	int numbers[64];

	if (left < 0) {
		setrlimit(RLIMIT_NOFILE, &before);
		return;
	}
	let_telemetry_wait();
	for (int i = 0; i <= left; i++)
		numbers[i] = open("/dev/null", O_RDONLY);
	for (int i = 0; i <= left; i++)
		close(numbers[i]);
	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = numbers[left];
	setrlimit(RLIMIT_NOFILE, &limit);
}
