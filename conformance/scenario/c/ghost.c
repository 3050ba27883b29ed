/* DPDK's private datagram: struct mp_msg_internal of eal_common_proc.c. The numbers of the
 * descriptors do not travel: they are cut off at its end. */
struct datagram {
	int type; /* 0 message, 1 request, 2 reply, 3 MP_IGN */
	struct rte_mp_msg msg;
};

#define DATAGRAM_SIZE (sizeof(struct datagram) - sizeof(((struct rte_mp_msg *)0)->fds))

struct ghost {
	int fd;
	struct datagram got;
	struct sockaddr_un sender;
};

#define WITHOUT_ADDRESS 0
#define WITH_ADDRESS 1
#define WITH_ABSTRACT_ADDRESS 2

static void appears(struct ghost *g, const char *name, const struct process *p, int how)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/mp_socket_%s", p->runtime, name);
	if (how == WITH_ABSTRACT_ADDRESS)
		address.sun_path[0] = '\0';
	g->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (g->fd < 0 ||
	    (how != WITHOUT_ADDRESS && bind(g->fd, (struct sockaddr *)&address, sizeof(address)) != 0))
		give_up(address.sun_path, name);
}

MAY_BE static void goes(const struct ghost *g)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(address);

	if (getsockname(g->fd, (struct sockaddr *)&address, &size) == 0 && address.sun_path[0] != '\0')
		unlink(address.sun_path);
	close(g->fd);
}

static void send_datagram(const struct ghost *g, const struct sockaddr_un *to, const struct datagram *d)
{
	if (sendto(g->fd, d, DATAGRAM_SIZE, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		give_up("sendto", to->sun_path);
}

/* The socket of a process: the primary's has a name, a secondary's has its pid in it. */
MAY_BE static void socket_of(const struct process *p, char *path, size_t size)
{
	char beginning[64];
	DIR *open = opendir(p->runtime);
	struct dirent *entry;

	snprintf(path, size, "%s/mp_socket", p->runtime);
	snprintf(beginning, sizeof(beginning), "mp_socket_%d_", p->pid);
	while (strncmp(p->name, "secondary", 9) == 0 && open != NULL && (entry = readdir(open)) != NULL) {
		if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0)
			snprintf(path, size, "%s/%s", p->runtime, entry->d_name);
	}
	if (open != NULL)
		closedir(open);
}

MAY_BE static void ghost_sends(struct ghost *g, const struct process *p, int type,
	const char *name, const uint8_t *param, int size, int len_param, int num_fds)
{
	struct datagram d;
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	memset(&d, 0, sizeof(d));
	d.type = type;
	snprintf(d.msg.name, sizeof(d.msg.name), "%s", name);
	memcpy(d.msg.param, param, size);
	d.msg.len_param = len_param;
	d.msg.num_fds = num_fds;
	socket_of(p, to.sun_path, sizeof(to.sun_path));
	send_datagram(g, &to, &d);
}

MAY_BE static void ghost_sends_bytes(struct ghost *g, const struct process *p,
	const uint8_t *bytes, int size)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	socket_of(p, to.sun_path, sizeof(to.sun_path));
	if (sendto(g->fd, bytes, size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
		give_up("sendto", to.sun_path);
}

MAY_BE static void ghost_gets(struct ghost *g, int line, int type, const char *name)
{
	struct pollfd ready = {.fd = g->fd, .events = POLLIN};
	socklen_t size = sizeof(g->sender);

	memset(&g->sender, 0, sizeof(g->sender));
	if (poll(&ready, 1, DEADLINE_MS) <= 0 ||
	    recvfrom(g->fd, &g->got, sizeof(g->got), 0, (struct sockaddr *)&g->sender, &size) < 0) {
		tell_of_deaths(line, "sending to the ghost");
		say(0, line, "no datagram comes to the ghost");
		stop_here();
	}
	say(g->got.type == type && strcmp(g->got.msg.name, name) == 0, line,
		"the ghost gets type %d, %s; expected type %d, %s", g->got.type, g->got.msg.name, type, name);
}

MAY_BE static void ghost_answers(struct ghost *g, int type, const uint8_t *param,
	int size)
{
	struct datagram d = g->got;

	d.type = type;
	d.msg.num_fds = 0;
	memcpy(d.msg.param, param, size);
	d.msg.len_param = size;
	send_datagram(g, &g->sender, &d);
}
