/* Adds what a message says to a line: "name=... len_param=... num_fds=... param=...", each behind `way`. */
MAY_BE static int add_message(char *line, int size, const char *way,
	const struct rte_mp_msg *msg)
{
	char param[2 * RTE_MP_MAX_PARAM_LEN + 1] = "";
	int end;

	for (int i = 0; i < msg->len_param && i < RTE_MP_MAX_PARAM_LEN; i++)
		sprintf(param + 2 * i, "%02x", msg->param[i]);
	end = snprintf(line, size, " %sname=%s %slen_param=%d %snum_fds=%d %sparam=%s", way, msg->name, way,
		msg->len_param, way, msg->num_fds, way, param);
	for (int i = 0; i < msg->num_fds && i < RTE_MP_MAX_FD_NUM && end < size; i++)
		end += snprintf(line + end, size - end, " %sfds.%d.fd=%d", way, i, msg->fds[i]);
	return end;
}

/* Adds what has come back of a request. */
MAY_BE static int add_reply(char *line, int size, const struct rte_mp_reply *reply)
{
	int end = snprintf(line, size, " nb_sent=%d nb_received=%d%s", reply->nb_sent, reply->nb_received,
		reply->msgs == NULL ? " msgs=null" : "");

	for (int i = 0; reply->msgs != NULL && i < reply->nb_received && end < size; i++) {
		char way[32];

		snprintf(way, sizeof(way), "msgs.%d.", i);
		end += add_message(line + end, size - end, way, &reply->msgs[i]);
	}
	return end;
}
