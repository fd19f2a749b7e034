# arch/um/kernel/irq.c: no event is lost when an interrupt comes within another.
#
# What epoll tells lies in one array for all. A handler ends in softirqs, which let signals through; a nested handler (five in 38
# boots) overwrites what the outer has not looked at yet, and epoll tells of an edge only once. It would explain an I2C bus that
# never answered again, seen once in some four hundred boots.
s/^static void sigio_reg_handler(int idx, /static void sigio_reg_handler(int triggered, /
s/^\tif (os_epoll_triggered(idx, reg->events) <= 0)$/\tif (!(triggered \& reg->events))/
/^static void _sigio_handler(/,/^}$/ {
	# As many as os-Linux/irq.c asks for at once.
	s/^\tstruct irq_entry \*irq_entry;$/\tstruct irq_entry *entries[64];\n\tint triggered[64];/
	s/^\t\tfor (i = 0; i < n ; i++) {$/\t\tfor (i = 0; i < n; i++) {\
			entries[i] = os_epoll_get_data_pointer(i);\
			triggered[i] = os_epoll_triggered(i, -1);\
		}\
\
&/
	/^\t\t\tirq_entry = os_epoll_get_data_pointer(i);$/d
	s/sigio_reg_handler(i, irq_entry, /sigio_reg_handler(triggered[i], entries[i], /
}
