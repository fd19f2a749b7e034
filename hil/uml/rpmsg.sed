# drivers/rpmsg/virtio_rpmsg_bus.c: what arrives is handled by a worker.
#
# Its handlers take mutexes and register devices, for on a board a mailbox's thread calls them. A vhost-user device would call
# them from its interrupt, where nothing may sleep.
s/^static void rpmsg_recv_done(struct virtqueue \*rvq)$/static void rpmsg_receive(struct virtqueue *rvq)/
s/^\tstruct mutex endpoints_lock;$/&\n\tstruct work_struct receive;/
s/^\tmutex_init(&vrp->endpoints_lock);$/&\n\tINIT_WORK(\&vrp->receive, rpmsg_receive_work);/
s/^\t\tvirtqueue_notify(vrp->rvq);$/&\n\tschedule_work(\&vrp->receive);/
s/^\tvirtio_reset_device(vdev);$/&\n\tcancel_work_sync(\&vrp->receive);/
/^static int rpmsg_probe(struct virtio_device \*vdev)$/i\
static void rpmsg_receive_work(struct work_struct *work)\
{\
	rpmsg_receive(container_of(work, struct virtproc_info, receive)->rvq);\
}\
\
static void rpmsg_recv_done(struct virtqueue *rvq)\
{\
	struct virtproc_info *vrp = rvq->vdev->priv;\
\
	/* Not ready yet: the end of the probe looks for what came. */\
	if (vrp)\
		schedule_work(&vrp->receive);\
}\

