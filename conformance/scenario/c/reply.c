static void tell_reply(int step, int ret, int error, const struct rte_mp_reply *reply)
{
	char line[2000];
	int end = snprintf(line, sizeof(line), "answer=%d ret=%d rte_errno=%s", step, ret, errno_name(error));

	add_reply(line + end, sizeof(line) - end, reply);
	tell("%s", line);
}
