struct asked {
	struct rte_mp_msg msg;
	char peer[1024];
};

MAY_BE static void send_reply(const struct rte_mp_msg *request, const char *peer,
	const uint8_t *param, size_t size, int own)
{
	struct rte_mp_msg reply = *request;
	int ret;

	reply.num_fds = 0;
	if (own) {
		memcpy(reply.param, param, size);
		reply.len_param = size;
	}
	rte_errno = 0;
	ret = rte_mp_reply(&reply, peer);
	tell("replied action=%s ret=%d rte_errno=%s", request->name, ret, errno_name(rte_errno));
}

/* The callback of an action runs: says so, and keeps what a reply needs. */
static struct asked *note(const struct rte_mp_msg *msg, const void *peer)
{
	struct asked *at = calloc(1, sizeof(*at));
	char line[1024];
	int end = snprintf(line, sizeof(line), "action action=%s", msg->name);

	at->msg = *msg;
	snprintf(at->peer, sizeof(at->peer), "%s", (const char *)peer);
	add_message(line + end, sizeof(line) - end, "msg.", msg);
	tell("%s", line);
	return at;
}

