static void hex(char *text, const struct rte_mp_msg *msg)
{
	for (int i = 0; i < msg->len_param && i < RTE_MP_MAX_PARAM_LEN; i++)
		sprintf(text + 2 * i, "%02x", msg->param[i]);
}

static void tell_reply(int step, int ret, int error, const struct rte_mp_reply *reply)
{
	char line[1900];
	int size;

	size = snprintf(line, sizeof(line), "answer=%d ret=%d rte_errno=%s nb_sent=%d nb_received=%d%s",
		step, ret, errno_name(error), reply->nb_sent, reply->nb_received,
		reply->msgs == NULL ? " msgs=null" : "");
	for (int i = 0; reply->msgs != NULL && i < reply->nb_received; i++) {
		char param[2 * RTE_MP_MAX_PARAM_LEN + 1] = "";

		hex(param, &reply->msgs[i]);
		if (size < (int)sizeof(line))
			size += snprintf(line + size, sizeof(line) - size,
				" msgs.%d.name=%s msgs.%d.param=%s", i, reply->msgs[i].name, i, param);
	}
	tell("%s", line);
}
