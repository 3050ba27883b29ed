/* -- what a process has of its own -- */

struct own {
	int lcore;
	int namespaces; /* For unshare(2). */
	int hugetlbfs; /* A mount of its own in the place of the others'. */
	int user; /* 0: root, as the others. */
	struct {
		int resource;
		unsigned int most;
	} limits[8];
	int count_of_limits;
	unsigned int closed; /* A bit for each descriptor. */
};

/* Of the process that starts next. */
static struct own own;

/* Mounts the same kind of file system over each of this kind that there is. */
static int mount_anew(const char *kind)
{
	char device[256], folders[16][256], type[64];
	FILE *mounts = fopen("/proc/mounts", "r");
	int ret = mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), count = 0;

	/* What is mounted while the list is read is in it, too. */
	while (mounts != NULL && count < 16 &&
	       fscanf(mounts, "%255s %255s %63s %*[^\n]", device, folders[count], type) == 3)
		count += strcmp(type, kind) == 0;
	if (mounts != NULL)
		fclose(mounts);
	for (int i = 0; i < count; i++)
		ret |= mount("none", folders[i], kind, 0, NULL);
	return ret;
}

/* Around fork(2): whom it makes is process 1 of a namespace. The director stays where it is. */
static int own_namespace = -1;

static void begin_pid_namespace(void)
{
	if (!(own.namespaces & CLONE_NEWPID))
		return;
	own_namespace = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own_namespace < 0 || unshare(CLONE_NEWPID) != 0)
		give_up("no PID namespace", "a process");
}

static void end_pid_namespace(void)
{
	if (own_namespace >= 0) {
		setns(own_namespace, CLONE_NEWPID);
		close(own_namespace);
	}
	own_namespace = -1;
}

/* Runs in the process that is to have it. */
static void have_own(const char *name)
{
	int apart = own.hugetlbfs || (own.namespaces & CLONE_NEWPID);
	int wrong = 0;

	/* The director has made the PID namespace: its next child is process 1 there. */
	if ((own.namespaces & ~CLONE_NEWPID) || apart)
		wrong |= unshare((own.namespaces & ~CLONE_NEWPID) | (apart ? CLONE_NEWNS : 0));
	if (own.hugetlbfs)
		wrong |= mount_anew("hugetlbfs");
	if (own.namespaces & CLONE_NEWPID)
		wrong |= mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) |
			mount("proc", "/proc", "proc", 0, NULL);
	for (int i = 0; i < own.count_of_limits; i++) {
		struct rlimit limit = {own.limits[i].most, own.limits[i].most};

		wrong |= setrlimit(own.limits[i].resource, &limit);
	}
	if (own.user != 0) {
		/* Without it, DPDK would look for the others in another directory. */
		setenv("RUNTIME_DIRECTORY", "/var/run", 0);
		wrong |= setgroups(0, NULL) | setresuid(own.user, own.user, own.user);
	}
	if (wrong != 0) {
		printf("CANNOT   %s: what it is to have of its own (%s)\n", name, strerror(errno));
		_exit(COULD_NOT);
	}
	for (int fd = 0; fd < 32; fd++) {
		if (own.closed & (1u << fd))
			close(fd);
	}
}
