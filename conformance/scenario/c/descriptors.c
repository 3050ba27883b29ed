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
	for (int i = 0; i <= left; i++)
		numbers[i] = open("/dev/null", O_RDONLY);
	for (int i = 0; i <= left; i++)
		close(numbers[i]);
	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = numbers[left];
	setrlimit(RLIMIT_NOFILE, &limit);
}
