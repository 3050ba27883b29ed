static int on_async(const struct rte_mp_msg *request, const struct rte_mp_reply *reply)
{
	char line[2000];
	int end = snprintf(line, sizeof(line), "async_reply");

	end += add_message(line + end, sizeof(line) - end, "request.", request);
	add_reply(line + end, sizeof(line) - end, reply);
	tell("%s", line);
	return 0;
}
