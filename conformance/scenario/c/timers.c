/* The timers that have run here. */
static struct rte_timer *ran[16];
static int count_of_ran;

MAY_BE static void on_timer(struct rte_timer *timer, void *argument)
{
	(void)argument;
	if (count_of_ran < 16)
		ran[count_of_ran++] = timer;
}
