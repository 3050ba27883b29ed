/* -- lines of words: "answer=4 ret=0 ...", in which a word stands between blanks -- */

static int has_word(const char *line, const char *word)
{
	for (const char *found = line; (found = strstr(found, word)) != NULL; found++) {
		char behind = found[strlen(word)];

		if ((found == line || found[-1] == ' ') && (behind == ' ' || behind == '\0'))
			return 1;
	}
	return 0;
}

/* Whether a line has each of these words; key!=value is another value of this key. */
static int has(const char *line, const char *words)
{
	char copy[1024], key[1024], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		char *other = strstr(word, "!=");

		if (other == NULL) {
			if (!has_word(line, word))
				return 0;
			continue;
		}
		memmove(other, other + 1, strlen(other));
		snprintf(key, sizeof(key), " %.*s", (int)(other - word + 1), word);
		if (strstr(line, key) == NULL || has_word(line, word))
			return 0;
	}
	return 1;
}

/* The value of a key in an answer; the program ends where there is none. */
static const char *value_of(const char *line, const char *key)
{
	static char value[256];
	const char *found = line;

	while ((found = strstr(found, key)) != NULL) {
		if (found != line && found[-1] == ' ' && found[strlen(key)] == '=' &&
		    sscanf(found + strlen(key) + 1, "%255s", value) == 1)
			return value;
		found++;
	}
	give_up("has no such value", key);
	return value;
}
