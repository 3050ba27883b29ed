static int on_async(const struct rte_mp_msg *request, const struct rte_mp_reply *reply)
{
	tell("async_reply request.name=%s nb_sent=%d nb_received=%d", request->name, reply->nb_sent,
		reply->nb_received);
	return 0;
}
