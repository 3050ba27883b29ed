/* -- the runtime directory, which only this program and its processes see -- */

#define DPDK "/var/run/dpdk"

static char runtime_directory[100];
static int lock_of_directory = -1;

/* Before anybody starts: a file system of its own, in a mount namespace of its own. */
static void directory_apart(void)
{
	mkdir(DPDK, 0755);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", DPDK, "tmpfs", 0, "size=64m,mode=0755") != 0)
		give_up("cannot have a file system of its own", DPDK);
	snprintf(runtime_directory, sizeof(runtime_directory), DPDK "/%s", prefix);
}

/* Leaves room for a little more than there is, and fills that. */
MAY_BE static void directory_is_full(int of_files)
{
	char option[64], path[100];
	struct statvfs now;
	int number = 0, fd;

	statvfs(DPDK, &now);
	if (of_files)
		snprintf(option, sizeof(option), "nr_inodes=%lu", (unsigned long)(now.f_files - now.f_ffree + 16));
	else
		snprintf(option, sizeof(option), "size=%lu",
			(unsigned long)((now.f_blocks - now.f_bfree + 16) * now.f_frsize));
	if (mount("none", DPDK, "tmpfs", MS_REMOUNT, option) != 0)
		give_up("cannot be made full", DPDK);
	mkdir(DPDK "/filling", 0700);
	for (ssize_t wrote = 1; wrote > 0;) {
		snprintf(path, sizeof(path), DPDK "/filling/%d", number++);
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		wrote = fd < 0 ? -1 : of_files ? 1 : write(fd, path, 1);
		if (fd >= 0)
			close(fd);
	}
}

MAY_BE static void directory_is_read_only(void)
{
	mkdir(runtime_directory, 0700);
	if (mount(runtime_directory, runtime_directory, "", MS_BIND, NULL) != 0 ||
	    mount("", runtime_directory, "", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0)
		give_up("cannot be made read-only", runtime_directory);
}

MAY_BE static void directory_is_gone(void)
{
	if (rename(runtime_directory, DPDK "/aside") != 0)
		give_up("cannot be renamed", runtime_directory);
}

MAY_BE static void directory_is_locked(void)
{
	lock_of_directory = open(runtime_directory, O_RDONLY | O_CLOEXEC);
	if (lock_of_directory < 0 || flock(lock_of_directory, LOCK_EX | LOCK_NB) != 0)
		give_up("cannot be locked", runtime_directory);
}

MAY_BE static void directory_is_as_before(void)
{
	umount2(runtime_directory, MNT_DETACH);
	remove_from(DPDK "/filling", "");
	rmdir(DPDK "/filling");
	mount("none", DPDK, "tmpfs", MS_REMOUNT, "size=64m,nr_inodes=100000");
	if (access(DPDK "/aside", F_OK) == 0) {
		remove_from(runtime_directory, "");
		rmdir(runtime_directory);
		rename(DPDK "/aside", runtime_directory);
	}
	if (lock_of_directory >= 0)
		close(lock_of_directory);
	lock_of_directory = -1;
}
