# The store is told and lived with: no commit, lock or disk holds up the charger, and what happens meanwhile is not lost.
Feature: The durable store

  Scenario: A store that another program holds holds up no car, and nothing is on the wire before it is durable
    Given a charger where nobody needs a token
    And a meter value every 5 s
    And a car is charging
    When another program holds the charger's store
    Then for 10 s the contactor stays closed
    And for 1 s the CSMS receives no TransactionEvent
    And within 1 s the charger says that the store "another program holds it"
    When the charger's store can be written again
    Then within 1 s the CSMS received TransactionEvent where
      | eventType | Updated  |
      | offline   | (absent) |
    And within 1 s the charger says that the store "works again"
    And the sequence numbers have no gap

  Scenario: A car comes and goes while another program holds the store
    Given a charger where nobody needs a token
    And another program holds the charger's store
    When the driver plugs in
    Then within 10 s the contactor closes
    When the driver unplugs
    Then within 1 s the contactor opens
    And within 5 s the connector is Available
    When the charger's store can be written again
    Then within 2 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | EVDisconnected |
    And the sequence numbers have no gap

  Scenario: On a full disk a transaction begins, ends and is told, and the CSMS is not blamed
    Given a charger where nobody needs a token
    And the charger's disk is full
    When the driver plugs in
    Then within 10 s the CSMS received TransactionEvent where
      | eventType | Started |
    And within 1 s the charger says that the store "there is no room for it"
    When the driver unplugs
    Then within 10 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap
    And the charger never says that the CSMS misbehaves

  Scenario: What happened offline on a full disk is written as soon as there is room, and told by the next life of the host
    Given a charger where nobody needs a token
    And the CSMS is away
    And the charger's disk is full
    And a car is charging
    When 5 min pass
    And the driver unplugs
    And 10 s pass
    And the charger's store can be written again
    Then within 60 s the charger says that the store "works again"
    When the charger's host dies
    And the CSMS comes back
    And the charger's host starts again
    Then within 10 s the CSMS received TransactionEvent where
      | eventType | Started |
      | offline   | true    |
    And within 10 s the CSMS received TransactionEvent where
      | eventType | Ended |
      | offline   | true  |
    And the sequence numbers have no gap

  Scenario: A reset needs no store
    Given a charger where nobody needs a token
    And a car is charging
    When the charger's disk is full
    And the CSMS asks for a reset Immediate
    Then within 12 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | ImmediateReset |
    And within 10 s the CSMS received BootNotification where
      | reason | RemoteReset |
    And within 10 s the contactor closes
